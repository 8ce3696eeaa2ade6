"""Revoking the API keys of a user who is deleted, or whose account another person may have used."""

from api.api_keys import service
from api.api_keys.service import Reason
from api.core.events import Event, Occurrence

REASONS = {
    Event.EMAIL_CHANGE_CANCELLED: Reason.EMAIL_CHANGE_CANCELLED,
    Event.EMAIL_VERIFIED: Reason.EMAIL_VERIFIED,
    Event.PASSWORD_CHANGED: Reason.PASSWORD_RESET,
    Event.USER_DELETED: Reason.USER_DELETED,
}
EVENTS = tuple(REASONS)
RESET = "reset"  # a new password by the link in a mail


def revoke_keys(occurrence: Occurrence) -> None:
    """Revoke the keys that another person may have created, or of a user who is deleted.

    That person has read the password, or has registered the account with an address that is not
    theirs. A user who changes the password knows the present one, so the keys stay. If a deleted
    account is restored, a program that the owner has forgotten does not work again.
    """
    is_change = occurrence.event is Event.PASSWORD_CHANGED
    if occurrence.subject is None or (is_change and occurrence.details.get("method") != RESET):
        return
    reason = REASONS[occurrence.event]
    service.revoke_all(occurrence.subject, reason=reason, by=occurrence.by)
