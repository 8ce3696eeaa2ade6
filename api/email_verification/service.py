"""Confirming e-mail addresses with the token of a mailed link."""

from datetime import timedelta

from api.core import secrets
from api.core.database import db
from api.core.events import Event, emit
from api.core.principal import Principal
from api.mail import service as mail
from api.mail.catalogue import Template
from api.mail.limits import count_mail
from api.mail.links import LinkedPage, make_link
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.one_time_tokens.models import OneTimeToken, TokenPurpose
from api.users.accounts import find_by_email, lock_user
from api.users.email_verification import grant_requested_username, set_email_verified
from api.users.errors import UserNotFound
from api.users.models import Status, User

LIFETIME_HOURS = 24
VOIDED = (TokenPurpose.VERIFY_EMAIL, TokenPurpose.CONFIRM_EMAIL_CHANGE)


def send_link(user: User) -> None:
    """Mail the link with which the user confirms the current address. Earlier links are void.

    It counts as a mail that was requested. Beyond the limit none is sent, and earlier links still
    work; the user can request another one later.
    """
    if count_mail(Template.VERIFY_EMAIL, user.email):
        _send(user.email, user)


def resend(email: str) -> None:
    """Mail another link, if an active account has this address and has not confirmed it.

    The work does not depend on that, so that the time of the response reveals nothing.

    Raises:
        MailUnavailable: the service sends no mail.
    """
    mail.require_enabled()
    is_permitted = count_mail(Template.VERIFY_EMAIL, email)
    user = _find_unverified(email)
    if not is_permitted:
        return
    with db.session.begin_nested() as savepoint:
        _send(email, user)
        db.session.flush()
        if user is None:
            savepoint.rollback()


def _find_unverified(email: str) -> User | None:
    user = find_by_email(email)
    is_found = user is not None and user.status == Status.ACTIVE and not user.email_verified
    return user if is_found else None


def _send(email: str, user: User | None) -> None:
    """Store a token and a mail, to the stored address of the account (R-03)."""
    to = user.email if user else email
    user_id = user.id if user else None
    one_time_tokens.revoke(user_id or secrets.new_id(), TokenPurpose.VERIFY_EMAIL)
    lifetime = timedelta(hours=LIFETIME_HOURS)
    token = one_time_tokens.create(
        TokenPurpose.VERIFY_EMAIL, lifetime=lifetime, user_id=user_id, email=to
    )
    link = make_link(LinkedPage.VERIFY_EMAIL, token)
    mail.send(
        Template.VERIFY_EMAIL,
        to=to,
        locale=user.locale if user else None,
        user_id=user_id,
        values={"link": link, "hours": LIFETIME_HOURS},
    )


def verify(token: str) -> None:
    """Record that the e-mail address of an account reaches its owner, and end all its sessions.

    The person who registered the account need not read the mail. So what was begun before the
    address was confirmed ends: the sessions, and a pending change of the address (R-06). The
    account gets the username that its registration asked for, if it is still free.

    Raises:
        InvalidOneTimeToken: also if the account has another address now, or is suspended or
            deleted.
    """
    user = _lock_owner(one_time_tokens.read(token, TokenPurpose.VERIFY_EMAIL))
    one_time_tokens.use(token, TokenPurpose.VERIFY_EMAIL)
    by = Principal(id=user.id)
    set_email_verified(user, verified=True, by=by)
    one_time_tokens.revoke(user.id, *VOIDED)
    emit(Event.EMAIL_VERIFIED, subject=user.id, by=by)
    grant_requested_username(user, by=by)


def _lock_owner(mailed: OneTimeToken) -> User:
    """Lock the account of a token before the token is used, as all that revoke tokens do."""
    if mailed.user_id is None:
        raise InvalidOneTimeToken
    try:
        user = lock_user(mailed.user_id)
    except UserNotFound:
        raise InvalidOneTimeToken from None
    if user.status != Status.ACTIVE or user.email != mailed.email:
        raise InvalidOneTimeToken
    return user
