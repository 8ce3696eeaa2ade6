"""Proving who you are. Every failure looks alike and takes as long, whatever the reason."""

from api.audit.service import Event, record
from api.core import hashing, identifiers
from api.core.actor import Actor
from api.login.errors import InvalidCredentials
from api.passwords import attempts
from api.passwords import service as passwords
from api.users import service as users
from api.users.models import Credentials, Status, User


def log_in(password: str, username: str | None = None, email: str | None = None) -> Credentials:
    """Return the account whose password this is.

    Raises:
        TooManyAttempts: counted before the password is looked at, so that parallel guesses count.
        InvalidCredentials: unknown, wrong or suspended: all the same.
        Overloaded: too many passwords wait to be checked.
    """
    account = users.credentials(username, email)
    stranger = identifiers.email_key(username or email or "")
    key = attempts.key(account.id if account else stranger)
    if not passwords.match(_expected(account), password, key=key) or account is None:
        record(Event.LOGIN_FAILED, subject=account.id if account else None, by=None)
        raise InvalidCredentials
    if hashing.outdated(account.password_hash or ""):
        users.upgrade_hash(account, password)
    record(Event.LOGIN_SUCCEEDED, subject=account.id, by=account.id)
    return account


def _expected(account: Credentials | None) -> str | None:
    """Return the hash to match: whoever is suspended has none that any password matches."""
    return account.password_hash if account and account.status == Status.ACTIVE else None


def change_password(current_password: str, new_password: str, *, by: Actor) -> User:
    """Choose a new password with the present one; all access tokens issued before end.

    Raises:
        TooManyAttempts, InvalidCredentials, Overloaded: as ``log_in``.
        Invalid: the new password breaks the policy.
    """
    account = users.credentials_of.first(id=by.id)
    key = attempts.key(by.id)
    if not passwords.match(_expected(account), current_password, key=key) or account is None:
        record(Event.PASSWORD_CHANGE_FAILED, subject=by.id, by=by.id)
        raise InvalidCredentials
    return users.set_password(account, new_password, by=by.id, pointer="/new_password")
