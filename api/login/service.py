"""Proving who you are. Every failure looks alike and takes as long, whatever the reason."""

from api.core import identifiers
from api.core.errors import Unauthenticated
from api.core.events import Event, emit
from api.core.principal import Principal
from api.login.errors import InvalidCredentials
from api.passwords import attempts
from api.passwords import service as passwords
from api.sessions import service as sessions
from api.sessions.service import Grant
from api.users import credentials
from api.users.models import Credentials, Status


def log_in(password: str, username: str | None = None, email: str | None = None) -> Grant:
    """Open a session for the account whose password this is.

    Raises:
        TooManyAttempts: counted before the password is looked at, so that parallel guesses count.
        InvalidCredentials: unknown, wrong or suspended: all the same.
        Overloaded: too many passwords wait to be checked.
    """
    account = credentials.claimed(username, email)
    stranger = identifiers.email_key(username or email or "")
    key = attempts.key(account.id if account else stranger)
    matches = passwords.match(_expected(account, email), password, key=key)
    if account is None or not matches or not credentials.confirm(account, password):
        emit(Event.LOGIN_FAILED, subject=account.id if account else None, by=None)
        raise InvalidCredentials
    grant = sessions.open_for(account.id)
    by = Principal(id=account.id)
    emit(Event.LOGIN_SUCCEEDED, subject=account.id, by=by, session=str(grant.session_id))
    return grant


def _expected(account: Credentials | None, email: str | None) -> str | None:
    """Return the hash to match.

    Whoever is suspended has none that any password matches, and neither has an account that was
    claimed by its username and the address of another.
    """
    if account is None or account.status != Status.ACTIVE:
        return None
    if email is not None and account.email_key != identifiers.email_key(email):
        return None
    return account.password_hash


def reauthenticate(password: str, *, by: Principal) -> None:
    """Give the password again, for what takes that it was given a short while ago.

    Raises:
        TooManyAttempts, InvalidCredentials, Overloaded: as ``log_in``.
    """
    account = credentials.of.first(id=by.id)
    expected = _expected(account, None)
    if not passwords.match(expected, password, key=attempts.key(by.id)) or by.session_id is None:
        emit(Event.REAUTHENTICATION_FAILED, subject=by.id, by=by)
        raise InvalidCredentials
    sessions.prove_again(by.session_id)
    emit(Event.REAUTHENTICATION_SUCCEEDED, subject=by.id, by=by)


def change_password(current_password: str, new_password: str, *, by: Principal) -> Grant:
    """Choose a new password with the present one; all sessions end, and one begins anew.

    Raises:
        Invalid: the new password breaks the policy, which is looked at first: it costs no hash.
        TooManyAttempts, InvalidCredentials, Overloaded: as ``log_in``.
        Unauthenticated: the account is gone.
    """
    account = credentials.of.first(id=by.id)
    if account is None:
        raise Unauthenticated
    names = (account.username, account.email)
    passwords.check(new_password, context=names, pointer="/new_password")
    if not passwords.match(_expected(account, None), current_password, key=attempts.key(by.id)):
        emit(Event.PASSWORD_CHANGE_FAILED, subject=by.id, by=by)
        raise InvalidCredentials
    user = credentials.set_password(
        account, new_password, by=by, proven=current_password, pointer="/new_password"
    )
    if user.status != Status.ACTIVE:  # by now, and what is opened would outlive it
        raise Unauthenticated
    return sessions.open_for(by.id)
