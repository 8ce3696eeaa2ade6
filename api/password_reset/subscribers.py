"""What follows each new password: a mail to the owner, and earlier links end."""

from datetime import UTC
from uuid import UUID

from api.core import clock
from api.core.database import db
from api.core.events import Event, Occurrence
from api.mail import service as mail
from api.mail.catalogue import Template
from api.mail.limits import permit_notice
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.models import TokenPurpose
from api.password_reset import service
from api.users.models import User

EVENTS = (Event.PASSWORD_CHANGED, Event.USER_PASSWORD_SET)
VOIDING_EVENTS = (Event.EMAIL_CHANGE_CANCELLED,)


def notify_owner(occurrence: Occurrence) -> None:
    """Mail the owner of an account that it has a new password."""
    user = _get_user(occurrence.subject)
    if user is None or not permit_notice(
        Template.PASSWORD_CHANGED, user.email, is_verified=user.email_verified
    ):
        return
    mail.send(
        Template.PASSWORD_CHANGED,
        to=user.email,
        locale=user.locale,
        user_id=user.id,
        values={"at": clock.now().astimezone(UTC).isoformat(timespec="seconds")},
    )


def revoke_tokens(occurrence: Occurrence) -> None:
    """Void the links with which an earlier possessor of the account could take it back."""
    if occurrence.subject is not None:
        one_time_tokens.revoke(
            occurrence.subject, TokenPurpose.RESET_PASSWORD, TokenPurpose.CONFIRM_EMAIL_CHANGE
        )


def mail_reset(occurrence: Occurrence) -> None:
    """Mail a token to a user whose password is void, because a former address was restored."""
    user = _get_user(occurrence.subject) if occurrence.details["restored"] else None
    if user is not None:
        service.mail_reset(user)


def _get_user(user_id: UUID | None) -> User | None:
    return None if user_id is None else db.session.get(User, user_id)
