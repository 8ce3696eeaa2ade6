"""What follows a new e-mail address, set by its user or by an administrator."""

from collections.abc import Mapping
from typing import Any

from api.core import identifiers
from api.core.database import db
from api.core.events import Event, Occurrence
from api.email_change import service
from api.mail import service as mail
from api.mail.catalogue import Template
from api.one_time_tokens import service as tokens
from api.one_time_tokens.models import TokenPurpose
from api.users.models import User

EVENTS = (Event.USER_UPDATED,)
MAILED_TO_FORMER = (TokenPurpose.CONFIRM_EMAIL_CHANGE, TokenPurpose.RESET_PASSWORD)


def follow_new_email(occurrence: Occurrence) -> None:
    """Void the tokens of the former address, and mail it how to cancel the change.

    If the new address is one that could cancel, then it has been restored. The tokens to cancel
    that were mailed after its own are void.
    """
    if "email" not in occurrence.details.get("changed", ()):
        return
    user, previous = db.session.get_one(User, occurrence.subject), occurrence.previous
    tokens.revoke(user.id, *MAILED_TO_FORMER)
    cancel = TokenPurpose.CANCEL_EMAIL_CHANGE
    if (mailed_at := tokens.find_created_at(user.id, cancel, email=user.email)) is not None:
        tokens.revoke(user.id, cancel, created_after=mailed_at)
        _notify_replaced(user, previous)
    elif mail.is_enabled():
        former = previous["email"]
        service.mail_former_address(Template.EMAIL_CHANGED, user, former=former, new=user.email)


def _notify_replaced(user: User, previous: Mapping[str, Any]) -> None:
    """Mail the address that the former one replaces.

    The mail has no link: the address is perhaps that of an attacker. One that was not verified is
    perhaps that of a stranger, and gets none.
    """
    is_another = identifiers.email_key(previous["email"]) != user.email_key
    if previous["email_verified"] and is_another:
        to = previous["email"]
        mail.send(Template.EMAIL_RESTORED, to=to, locale=user.locale, user_id=user.id)
