"""What events about accounts and credentials mean for sessions."""

from collections.abc import Mapping
from typing import Any

from api.core.errors import Unauthenticated
from api.core.events import Event, Occurrence
from api.sessions import service
from api.sessions.authentication import authenticate_session
from api.sessions.models import Reason

REASONS = {
    Event.EMAIL_VERIFIED: Reason.EMAIL_VERIFIED,
    Event.PASSWORD_CHANGED: Reason.PASSWORD_CHANGED,
    Event.USER_PASSWORD_SET: Reason.PASSWORD_CHANGED,
    Event.USER_DELETED: Reason.USER_DELETED,
    Event.USER_SUSPENDED: Reason.USER_SUSPENDED,
}
EVENTS = (*REASONS, Event.USER_UPDATED)
CREDENTIAL_EVENTS = (
    Event.API_KEY_CREATED,
    Event.API_KEY_ROTATED,
    Event.CLIENT_CREDENTIAL_CREATED,
)


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


def require_session(occurrence: Occurrence) -> None:
    """Reject a new credential if the session of the caller has ended since it was authenticated.

    A password reset revokes the credentials of its user. One that was being created meanwhile, and
    waited for the lock on the account, would survive that.

    Raises:
        Unauthenticated
    """
    session_id = occurrence.by.session_id if occurrence.by else None
    if session_id is not None and authenticate_session(session_id) is None:
        raise Unauthenticated
