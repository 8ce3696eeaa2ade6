"""Logging in and changing the password. A failed login does not show whether the account exists."""

from api.core import clock, identifiers
from api.core.errors import Unauthenticated
from api.core.events import Event, emit
from api.core.principal import Principal
from api.login.errors import InvalidCredentials
from api.passwords import attempts
from api.passwords import service as passwords
from api.sessions import service as sessions
from api.sessions.issued import IssuedSession
from api.users import credentials
from api.users.models import Credentials, Status


def log_in(
    password: str, *, username: str | None = None, email: str | None = None
) -> IssuedSession:
    """Open a session for the account with this name and password.

    With both a username and an e-mail address, both must belong to the account.

    Raises:
        TooManyAttempts: there were too many attempts with this name.
        InvalidCredentials: the name is unknown, the password is wrong or the account is suspended.
        Overloaded: too many passwords wait for verification.
    """
    account = credentials.find_credentials(username, email)
    name = email if username is None else username
    attempt = attempts.make_login_attempt(name or "", account.id if account else None)
    matches = passwords.match(_find_hash(account, email), password, attempt=attempt)
    if account is None or not matches or not credentials.lock_if_unchanged(account, password):
        emit(Event.LOGIN_FAILED, subject=account.id if account else None, by=None)
        raise InvalidCredentials
    issued = sessions.open_session(account.id)
    by = Principal(id=account.id)
    emit(Event.LOGIN_SUCCEEDED, subject=account.id, by=by, session=str(issued.session_id))
    return issued


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
    return sessions.open_session(by.id)
