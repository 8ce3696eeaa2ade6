"""Ending the sessions of a user when the account changes."""

from collections.abc import Mapping
from typing import Any

from api.core.events import Event, Occurrence
from api.sessions import service
from api.sessions.models import Reason

REASONS = {
    Event.EMAIL_VERIFIED: Reason.EMAIL_VERIFIED,
    Event.PASSWORD_CHANGED: Reason.PASSWORD_CHANGED,
    Event.USER_PASSWORD_SET: Reason.PASSWORD_CHANGED,
    Event.USER_DELETED: Reason.USER_DELETED,
    Event.USER_SUSPENDED: Reason.USER_SUSPENDED,
}
EVENTS = (*REASONS, Event.USER_UPDATED)


def end_sessions(occurrence: Occurrence) -> Mapping[str, Any] | None:
    """End the sessions of the account that an event is about; return how many as a detail.

    A new e-mail address does not end the session that changes it.
    """
    user_id, reason = occurrence.subject, REASONS.get(occurrence.event)
    if user_id is None:
        return None
    if reason is not None:
        return {"sessions_ended": service.end_all(user_id, reason=reason)}
    if "email" not in occurrence.details.get("changed", ()):
        return None
    current = occurrence.by.session_id if occurrence.by else None
    ended = service.end_all(user_id, reason=Reason.EMAIL_CHANGED, except_id=current)
    return {"sessions_ended": ended}
