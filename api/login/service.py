"""Logging in and changing the password. A failed login does not show whether the account exists."""

from math import ceil
from uuid import UUID

from api.core import clock, identifiers
from api.core.errors import InvalidRequest, Unauthenticated, ValidationError
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.runtime import current_runtime
from api.core.validation_rules import ValidationRule
from api.login import device_tokens
from api.login.errors import InvalidCredentials
from api.passwords import attempts
from api.passwords import service as passwords
from api.passwords.attempts import Attempt
from api.passwords.service import Verification
from api.sessions import service as sessions
from api.sessions.issued import IssuedSession
from api.users import credentials
from api.users.email_verification import must_verify_email
from api.users.models import Credentials, Status

NAME_REQUIRED = ValidationError(
    "/username", ValidationRule.REQUIRED, "give a username or an e-mail address"
)


def log_in(
    password: str,
    *,
    username: str | None = None,
    email: str | None = None,
    device_token: str | None = None,
) -> IssuedSession:
    """Open a session for the account with this name and password.

    With both a username and an e-mail address, both must belong to the account. A device with a
    valid token has its own limit of attempts.

    Raises:
        InvalidRequest: there is neither a username nor an e-mail address.
        TooManyAttempts: there were too many attempts with this name.
        InvalidCredentials: the name is unknown, the password is wrong, the account is suspended, or
            its e-mail address has to be confirmed.
        Overloaded: too many passwords wait for verification.
    """
    name = email if username is None else username
    if name is None:
        raise InvalidRequest([NAME_REQUIRED])
    account = credentials.find_credentials(username, email)
    device_id = _find_device(device_token, account)
    result = passwords.verify(
        _find_login_hash(account, email),
        password,
        attempt=attempts.make_login_attempt(name, account.id if account else None),
        device=_make_device_attempt(account, device_id),
    )
    current = (
        credentials.lock_if_unchanged(account, password) if result.matches and account else None
    )
    if current is None:
        _record_failure(name, account, result)
        raise InvalidCredentials
    return _open_session(current, device_id)


def _find_login_hash(account: Credentials | None, email: str | None) -> str | None:
    """Return what ``_find_hash`` does, but None before the address is confirmed if it has to be.

    Otherwise a login would show whether a registration found the address unknown (R-01), and who
    registered with the address of another person could have mails sent there.
    """
    return None if must_verify_email(account) else _find_hash(account, email)


def _find_device(token: str | None, account: Credentials | None) -> UUID | None:
    """Return the id of a device that has logged in to this account before."""
    return current_runtime().device_tokens.verify(token, account) if token else None


def _make_device_attempt(account: Credentials | None, device_id: UUID | None) -> Attempt | None:
    if account is None or device_id is None:
        return None
    void_seconds = int(device_tokens.LIFETIME.total_seconds())
    return attempts.make_device_attempt(account.id, device_id, void_seconds=void_seconds)


def _record_failure(name: str, account: Credentials | None, result: Verification) -> None:
    """Record a failed login, and the first pause in a day for this name, known or not."""
    account_id = account.id if account else None
    emit(Event.LOGIN_FAILED, subject=account_id, by=None)
    pause = result.pause
    if pause is not None and attempts.begin_series(name):
        minutes = ceil((pause.ends_at - clock.now()).total_seconds() / 60)
        emit(
            Event.LOGIN_PAUSED,
            subject=account_id,
            by=None,
            all_networks=pause.all_networks,
            minutes=minutes,
        )


def _open_session(account: Credentials, device_id: UUID | None) -> IssuedSession:
    """Open a session, and emit the event of the login."""
    issued = sessions.open_session(account.id)
    emit(
        Event.LOGIN_SUCCEEDED,
        subject=account.id,
        by=Principal(id=account.id),
        session=str(issued.session_id),
        known_device=device_id is not None,
    )
    token = current_runtime().device_tokens.make(
        account.id, account.password_hash, device_id=device_id
    )
    return issued._replace(device_token=token)


def _find_hash(account: Credentials | None, email: str | None = None) -> str | None:
    """Return the stored hash, or None if no password is accepted.

    No password is accepted for a suspended account, or with the e-mail address of another account.
    A temporary password is accepted until it expires.
    """
    if account is None or account.status != Status.ACTIVE:
        return None
    if email is not None and account.email_key != identifiers.email_key(email):
        return None
    if account.password_expires_at is not None and account.password_expires_at <= clock.now():
        return None
    return account.password_hash


def reauthenticate(password: str, *, by: Principal) -> None:
    """Verify the password again, and record the time in the session.

    Raises:
        TooManyAttempts, InvalidCredentials, Overloaded: as ``log_in``.
    """
    account = credentials.by_id.first(id=by.id)
    attempt = attempts.make_own_attempt(by.id)
    matches = passwords.match(_find_hash(account), password, attempt=attempt)
    if not matches or by.session_id is None:
        emit(Event.REAUTHENTICATION_FAILED, subject=by.id, by=by)
        raise InvalidCredentials
    sessions.record_authentication(by.session_id)
    emit(Event.REAUTHENTICATION_SUCCEEDED, subject=by.id, by=by)


def change_password(current_password: str, new_password: str, *, by: Principal) -> IssuedSession:
    """Replace the password, end all sessions and open a new one.

    Raises:
        InvalidRequest: the new password breaks the policy, or is the temporary one. This is
            checked first, and computes no hash.
        TooManyAttempts, InvalidCredentials, Overloaded: as ``log_in``.
        Unauthenticated: the account is deleted or suspended.
    """
    account = credentials.by_id.first(id=by.id)
    if account is None:
        raise Unauthenticated
    names = (account.username, account.email)
    passwords.check_policy(new_password, context=names, pointer="/new_password")
    if account.must_change_password:
        passwords.require_different(new_password, current_password, pointer="/new_password")
    attempt = attempts.make_own_attempt(by.id)
    if not passwords.match(_find_hash(account), current_password, attempt=attempt):
        emit(Event.PASSWORD_CHANGE_FAILED, subject=by.id, by=by)
        raise InvalidCredentials
    user = credentials.set_password(account, new_password, by=by, current_password=current_password)
    if user.status != Status.ACTIVE:  # suspended meanwhile; the new session would not be ended
        raise Unauthenticated
    token = current_runtime().device_tokens.make(by.id, user.password_hash)
    return sessions.open_session(by.id)._replace(device_token=token)
