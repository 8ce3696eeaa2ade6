"""Users change their e-mail addresses.

The account keeps its address until the new one has confirmed. The former address gets a notice,
and can cancel for some days: before the change by voiding the request, after it by restoring the
address.
"""

from datetime import timedelta

from api.core import identifiers
from api.core.database import db
from api.core.errors import InvalidRequest, RateLimited, ValidationError
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.runtime import current_settings
from api.core.step_up import require_step_up
from api.core.validation_rules import ValidationRule
from api.mail import limits
from api.mail import service as mail
from api.mail.catalogue import Template
from api.mail.links import LinkedPage, make_link
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.one_time_tokens.models import OneTimeToken, TokenPurpose
from api.users import credentials, usernames
from api.users.account_changes import change_account
from api.users.accounts import lock_user
from api.users.email_verification import must_verify_email
from api.users.models import Status, User
from api.users.unconfirmed import remove_unconfirmed

CANCEL_DAYS = 7
UNCHANGED = ValidationError(
    "/email", ValidationRule.EMAIL_UNCHANGED, "is already the e-mail address of the account"
)


def request_change(email: str, *, by: Principal) -> None:
    """Mail a token to the new address, and a notice to the present one.

    The result does not depend on whether another account has the new address; then it gets no mail.

    Raises:
        MailUnavailable
        StepUpRequired: the password was verified too long ago.
        InvalidRequest: the address is the present one, or receives no mail.
        RateLimited: one of the two addresses gets too many of these mails.
    """
    mail.require_enabled()
    require_step_up(by)
    user = lock_user(by.id)
    if email == user.email:
        raise InvalidRequest([UNCHANGED])
    usernames.check_changed_names({"email": email}, username=user.username, email=email)
    _count_mails(user.email, email)
    emit(Event.EMAIL_CHANGE_REQUESTED, subject=user.id, by=by)
    _mail_confirmation(user, email)
    mail_former_address(Template.EMAIL_CHANGE_NOTICE, user, former=user.email, new=email)


def _count_mails(present: str, new: str) -> None:
    """Count the two mails. There is no request without a notice to the present address.

    Raises:
        RateLimited
    """
    counted = [
        limits.count_mail(Template.EMAIL_CHANGE_NOTICE, present),
        limits.count_mail(Template.EMAIL_CHANGE_REQUESTED, new),
    ]
    if not all(counted):
        raise RateLimited("mail", 1, limits.INTERVAL_SECONDS, limits.INTERVAL_SECONDS)


def _mail_confirmation(user: User, email: str) -> None:
    hours = current_settings().email_change_hours
    one_time_tokens.revoke(user.id, TokenPurpose.CONFIRM_EMAIL_CHANGE)
    token = one_time_tokens.create(
        TokenPurpose.CONFIRM_EMAIL_CHANGE,
        lifetime=timedelta(hours=hours),
        user_id=user.id,
        email=email,
    )
    if _is_taken(email, user):
        return
    mail.send(
        Template.EMAIL_CHANGE_REQUESTED,
        to=email,
        locale=user.locale,
        user_id=user.id,
        values={"link": make_link(LinkedPage.CONFIRM_EMAIL_CHANGE, token), "hours": hours},
    )


def _is_taken(email: str, user: User) -> bool:
    """Return whether another account has an address, and does not give way to its reader."""
    holder = credentials.by_email.first(key=identifiers.email_key(email))
    return holder is not None and holder.id != user.id and not must_verify_email(holder)


def mail_former_address(template: Template, user: User, *, former: str, new: str) -> None:
    """Mail a notice to an address that the account is to leave, with a link to cancel that.

    The link of an earlier mail to this address is void.
    """
    one_time_tokens.revoke(user.id, TokenPurpose.CANCEL_EMAIL_CHANGE, email=former)
    token = one_time_tokens.create(
        TokenPurpose.CANCEL_EMAIL_CHANGE,
        lifetime=timedelta(days=CANCEL_DAYS),
        user_id=user.id,
        email=former,
    )
    mail.send(
        template,
        to=former,
        locale=user.locale,
        user_id=user.id,
        values={
            "new_email": new,
            "link": make_link(LinkedPage.CANCEL_EMAIL_CHANGE, token),
            "days": CANCEL_DAYS,
        },
    )


def confirm(token: str) -> None:
    """Give an account the new address, to which the token was mailed. It is then verified.

    Raises:
        InvalidOneTimeToken: also if the account is suspended or deleted.
        EmailTaken, UsernameTaken: another account has the address now. The token stays valid.
    """
    found = one_time_tokens.read(token, TokenPurpose.CONFIRM_EMAIL_CHANGE)
    _make_room(found)
    user = _lock_owner(found)
    one_time_tokens.use(token, TokenPurpose.CONFIRM_EMAIL_CHANGE)
    _set_email(user, found)


def cancel(token: str) -> None:
    """Void a requested change, or restore the former address after it.

    A restored address is verified, since the mail has arrived there. The subscribers of the change
    end all sessions, and void the tokens that were mailed since. The person who changed the
    address knows the password, so it is void too, and may have deleted the account, so it is
    restored.

    Raises:
        InvalidOneTimeToken: also if the account is suspended, or deleted by an administrator.
        EmailTaken, UsernameTaken: another account has the address now. The token stays valid.
    """
    found = one_time_tokens.read(token, TokenPurpose.CANCEL_EMAIL_CHANGE)
    _make_room(found)
    user = _lock_owner(found, is_own_deletion_undone=True)
    is_restored = user.email_key != identifiers.email_key(found.email or "")
    if is_restored:
        _set_email(user, found)
        user.password_hash = None
    one_time_tokens.use(token, TokenPurpose.CANCEL_EMAIL_CHANGE)
    one_time_tokens.revoke(user.id, TokenPurpose.CONFIRM_EMAIL_CHANGE)
    by = Principal(id=user.id)
    emit(Event.EMAIL_CHANGE_CANCELLED, subject=user.id, by=by, restored=is_restored)


def _set_email(user: User, mailed: OneTimeToken) -> None:
    changes = {"email": mailed.email, "email_verified": True}
    change_account(user, changes, by=Principal(id=user.id))


def _make_room(mailed: OneTimeToken) -> None:
    """Remove an unconfirmed account with the address, before anything of the other one changes."""
    if mailed.email is not None and mailed.user_id is not None:
        remove_unconfirmed(mailed.email, by=Principal(id=mailed.user_id))


def _lock_owner(mailed: OneTimeToken, *, is_own_deletion_undone: bool = False) -> User:
    """Lock the account of a token before the token is used, as all that revoke tokens do."""
    if mailed.user_id is None:
        raise InvalidOneTimeToken
    user = db.session.get(User, mailed.user_id, with_for_update=True, populate_existing=True)
    if user is None or user.status != Status.ACTIVE:
        raise InvalidOneTimeToken
    if user.deleted_at is not None:
        if not is_own_deletion_undone or user.erase_at is None:
            raise InvalidOneTimeToken
        user.deleted_at = user.erase_at = None
        emit(Event.USER_RESTORED, subject=user.id, by=Principal(id=user.id))
    db.session.expire(user, ["role_assignments"])  # those from before the wait for the lock
    return user
