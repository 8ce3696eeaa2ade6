"""What follows a new e-mail address, set by its user or by an administrator."""

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
    that were mailed after its own are void, and the address that the account had gets no notice: it
    is perhaps that of an attacker.
    """
    if "email" not in occurrence.details.get("changed", ()):
        return
    user = db.session.get_one(User, occurrence.subject)
    tokens.revoke(user.id, *MAILED_TO_FORMER)
    cancel = TokenPurpose.CANCEL_EMAIL_CHANGE
    if (mailed_at := tokens.find_created_at(user.id, cancel, email=user.email)) is not None:
        tokens.revoke(user.id, cancel, created_after=mailed_at)
    elif mail.is_enabled():
        former = occurrence.previous["email"]
        service.mail_former_address(Template.EMAIL_CHANGED, user, former=former, new=user.email)
