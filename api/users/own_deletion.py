"""Users who delete their own accounts. They can undo it for some days; then it is erased."""

from datetime import UTC, timedelta

from api.core.etags import ANY, ExpectedVersion
from api.core.principal import Principal
from api.core.runtime import current_settings
from api.core.step_up import require_step_up
from api.mail import service as mail
from api.mail.catalogue import Template
from api.mail.limits import permit_notice
from api.mail.links import LinkedPage, make_link
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.one_time_tokens.models import TokenPurpose
from api.users import service
from api.users.errors import UserNotFound
from api.users.models import User
from api.users.unconfirmed import remove_unconfirmed


def schedule(*, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Delete the caller's own account now, mail a link that undoes it, and set when it is erased.

    Raises:
        StepUpRequired: the password was verified too long ago.
        PreconditionFailed: the account has another version.
        LastAdministrator: no active administrator would remain.
    """
    require_step_up(by)
    user = service.delete(by.id, by=by, if_match=if_match)
    lifetime = timedelta(days=current_settings().own_deletion_days)
    user.erase_at = user.deleted_at + lifetime if user.deleted_at else None
    if mail.is_enabled() and permit_notice(
        Template.DELETION_SCHEDULED, user.email, is_verified=user.email_verified
    ):
        _mail_link(user, lifetime)


def _mail_link(user: User, lifetime: timedelta) -> None:
    token = one_time_tokens.create(
        TokenPurpose.CANCEL_DELETION, lifetime=lifetime, user_id=user.id, email=user.email
    )
    erase_at = user.erase_at.astimezone(UTC).isoformat(timespec="seconds") if user.erase_at else ""
    mail.send(
        Template.DELETION_SCHEDULED,
        to=user.email,
        locale=user.locale,
        user_id=user.id,
        values={"link": make_link(LinkedPage.CANCEL_DELETION, token), "erase_at": erase_at},
    )


def cancel(token: str) -> None:
    """Restore an account with the token that its user got after deleting it.

    Raises:
        InvalidOneTimeToken: also if the account is erased, or an administrator has restored it.
        UsernameTaken, EmailTaken, ExternalIdTaken: another account has the name now.
    """
    used = one_time_tokens.use(token, TokenPurpose.CANCEL_DELETION)
    user_id = used.user_id
    if user_id is None:
        raise InvalidOneTimeToken
    remove_unconfirmed(used.email or "", by=Principal(id=user_id))
    try:
        service.restore(user_id, by=Principal(id=user_id))
    except UserNotFound as error:
        raise InvalidOneTimeToken from error
