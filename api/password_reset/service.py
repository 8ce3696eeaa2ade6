"""Forgotten passwords.

A request shows nothing about an account, neither by its response nor by the time that it takes.
"""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select

from api.core import clock, identifiers, secrets
from api.core.database import db
from api.core.errors import InvalidRequest, ValidationError
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.reads import Query
from api.core.runtime import current_settings
from api.core.validation_rules import ValidationRule
from api.mail import limits
from api.mail import service as mail
from api.mail.catalogue import Template
from api.mail.links import LinkedPage, make_link
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.one_time_tokens.models import OneTimeToken, TokenPurpose
from api.password_reset.errors import UserSuspended
from api.password_reset.schemas import PreparedReset, Reset
from api.passwords import hashing
from api.passwords import service as passwords
from api.users.accounts import lock_manageable_user
from api.users.email_verification import grant_requested_username, set_email_verified
from api.users.models import Status, User

POINTER = "/new_password"
UNCHANGED = ValidationError(
    POINTER, ValidationRule.PASSWORD_UNCHANGED, "must differ from the temporary password"
)
KEPT = {  # tokens that the owner of a former address, or of a deleted account, has
    TokenPurpose.CANCEL_DELETION,
    TokenPurpose.CANCEL_EMAIL_CHANGE,
}


class Target(NamedTuple):
    """The account that a token may reset."""

    id: UUID
    username: str | None
    email: str
    password_hash: str | None
    must_change_password: bool


target_by_token = Query(
    select(*(getattr(User, name) for name in Target._fields))
    .join(OneTimeToken, OneTimeToken.user_id == User.id)
    .where(
        OneTimeToken.digest == bindparam("digest"),
        OneTimeToken.purpose == TokenPurpose.RESET_PASSWORD,
        OneTimeToken.expires_at > bindparam("now"),
        OneTimeToken.email == User.email,
        User.status == Status.ACTIVE,
        User.deleted_at.is_(None),
    ),
    Target,
)


def request_reset(email: str) -> None:
    """Mail a token to the address of the active account with this address, if there is one.

    Otherwise as many statements are executed, and as many rows are written. An address that gets
    too many mails gets none, and keeps the token of the last one.

    Raises:
        MailUnavailable
    """
    mail.require_enabled()
    may_mail = limits.count_mail(Template.RESET_PASSWORD, email)
    user = _find_active_user(email)
    emit(Event.PASSWORD_RESET_REQUESTED, subject=user.id if user else None, by=None)
    if not may_mail:
        return
    if user is None:
        _imitate_mail()
    else:
        _mail_token(user)


def send_reset_mail(user_id: UUID, *, by: Principal) -> None:
    """Mail a token to another user, or to the caller.

    Raises:
        MailUnavailable
        PermissionDenied: the user has a permission that the caller lacks.
        UserNotFound
        UserSuspended
    """
    mail.require_enabled()
    user = lock_manageable_user(user_id, by=by)
    if user.status != Status.ACTIVE:
        raise UserSuspended
    mail_reset(user, by=by)


def mail_reset(user: User, *, by: Principal | None = None) -> None:
    """Mail a token to an active user. It counts as a mail, but is sent in any case."""
    limits.count_mail(Template.RESET_PASSWORD, user.email)
    emit(Event.PASSWORD_RESET_REQUESTED, subject=user.id, by=by)
    _mail_token(user)


def _find_active_user(email: str) -> User | None:
    query = select(User).where(
        User.email_key == identifiers.email_key(email),
        User.status == Status.ACTIVE,
        User.deleted_at.is_(None),
    )
    return db.session.scalar(query)


def _mail_token(user: User) -> None:
    """Mail a token in place of an earlier one to the stored address."""
    lifetime = timedelta(minutes=current_settings().password_reset_minutes)
    one_time_tokens.revoke(user.id, TokenPurpose.RESET_PASSWORD)
    token = one_time_tokens.create(
        TokenPurpose.RESET_PASSWORD, lifetime=lifetime, user_id=user.id, email=user.email
    )
    link = make_link(LinkedPage.RESET_PASSWORD, token)
    mail.send(
        Template.RESET_PASSWORD,
        to=user.email,
        locale=user.locale,
        user_id=user.id,
        values={"link": link, "minutes": lifetime // timedelta(minutes=1)},
    )


def _imitate_mail() -> None:
    """Do the work of ``_mail_token`` for no account: two rows, which have expired already."""
    one_time_tokens.revoke(secrets.new_id(), TokenPurpose.RESET_PASSWORD)
    one_time_tokens.create(TokenPurpose.RESET_PASSWORD, lifetime=timedelta())
    db.session.flush()  # so that the two rows are two statements
    one_time_tokens.create(TokenPurpose.RESET_PASSWORD, lifetime=timedelta())


def prepare(given: Reset) -> PreparedReset:
    """Check the token and the new password, and hash the password.

    This takes long, so call it before the transaction. The token is not used up yet. Without a
    valid token no hash is computed.

    Raises:
        InvalidOneTimeToken
        InvalidRequest: the password breaks the policy, or is the temporary one.
        Overloaded: too many passwords wait to be hashed.
    """
    token, new_password = given["token"], given["new_password"]
    target = target_by_token.first(digest=one_time_tokens.compute_digest(token), now=clock.now())
    if target is None:
        raise InvalidOneTimeToken
    context = (target.username, target.email)
    passwords.check_policy(new_password, context=context, pointer=POINTER)
    if target.must_change_password and hashing.verify(target.password_hash, new_password):
        raise InvalidRequest([UNCHANGED])
    return PreparedReset(target.id, token, hashing.hash_password(new_password))


def reset(prepared: PreparedReset) -> None:
    """Set the password of an account with a token, which is used up.

    The mail has reached the owner of the address, so the address is verified. All sessions end, and
    everything else that another person may have prepared is void.

    Raises:
        InvalidOneTimeToken: also if the account was suspended or deleted meanwhile.
    """
    user = _lock_active_user(prepared.user_id)
    if one_time_tokens.use(prepared.token, TokenPurpose.RESET_PASSWORD).email != user.email:
        raise InvalidOneTimeToken
    user.password_hash = prepared.password_hash
    user.must_change_password, user.password_expires_at = False, None
    by = Principal(id=user.id)
    if not user.email_verified:
        set_email_verified(user, verified=True, by=by)
    one_time_tokens.revoke(user.id, *(set(TokenPurpose) - KEPT))
    emit(Event.PASSWORD_CHANGED, subject=user.id, by=by, method="reset")
    grant_requested_username(user, by=by)


def _lock_active_user(user_id: UUID) -> User:
    user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None or user.deleted_at or user.status != Status.ACTIVE:
        raise InvalidOneTimeToken
    return user
