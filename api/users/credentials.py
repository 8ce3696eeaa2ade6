"""The password of an account: finding the account, verifying and changing the password.

No hash is computed while a connection or a transaction is open.
"""

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy import update as update_row

from api.core import identifiers
from api.core.database import db
from api.core.errors import Unauthenticated
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.reads import Query
from api.passwords import hashing
from api.users.models import Credentials, Status, User

COLUMNS = [getattr(User, name) for name in Credentials._fields]
NOT_DELETED = select(*COLUMNS).where(User.deleted_at.is_(None))

by_id = Query(NOT_DELETED.where(User.id == bindparam("id")), Credentials)
has_username = and_(User.username_key == bindparam("key"), User.username_key != "")
has_email = User.email_key == bindparam("key")
by_username = Query(NOT_DELETED.where(has_username), Credentials)
by_email = Query(NOT_DELETED.where(has_email), Credentials)
by_either = Query(  # the key of a username with `@` is that of an e-mail address
    NOT_DELETED.where(or_(has_username, has_email)).order_by(has_email.desc()).limit(1),
    Credentials,
)


def find_credentials(username: str | None, email: str | None) -> Credentials | None:
    """Return the account with this username, or with this e-mail address if username is None.

    A username with `@` is looked up as an e-mail address, too.
    """
    if username is None:
        return by_email.first(key=identifiers.email_key(email or ""))
    query = by_either if "@" in username else by_username
    return query.first(key=identifiers.username_key(username))


def set_password(
    account: Credentials, password: str, *, by: Principal, current_password: str | None = None
) -> User:
    """Set a new password, and end all sessions of the account.

    The caller has checked the password against the policy. ``current_password`` is the one that
    has been verified, if the owner changes the password.

    Raises:
        Unauthenticated: the account was deleted, or its password changed, since ``account`` was
            read.
    """
    password_hash = hashing.hash_password(password)
    user = _lock_account(account)
    if user.password_hash != account.password_hash:
        account = _verify_again(account, user.password_hash, current_password)
        user = _lock_account(account)
        if user.password_hash != account.password_hash:
            raise Unauthenticated
    user.password_hash = password_hash
    user.must_change_password, user.password_expires_at = False, None
    emit(Event.PASSWORD_CHANGED, subject=user.id, by=by)
    return user


def _lock_account(account: Credentials) -> User:
    user = db.session.get(User, account.id, with_for_update=True, populate_existing=True)
    if user is None or user.deleted_at:
        raise Unauthenticated
    return user


def lock_if_unchanged(account: Credentials, password: str) -> Credentials | None:
    """Lock an account whose password has been verified, and return it if it is still the same.

    A password change or a suspension since then would end all sessions except the one that the
    caller is about to open. A hash with outdated parameters, or of another system, is replaced.
    """
    new_hash = _renew_hash(account, password)
    found = _lock_password(account, share=new_hash is None)
    if found is None:
        return None
    if found != (account.password_hash,):
        try:
            account = _verify_again(account, found[0], password)
        except Unauthenticated:
            return None
        is_same = _lock_password(account, share=True) == (account.password_hash,)
        return account if is_same else None
    if new_hash is None:
        return account
    _replace_hash(account, new_hash)
    return account._replace(password_hash=new_hash)


def _lock_password(account: Credentials, *, share: bool) -> tuple[str | None] | None:
    """Lock an active account, and return its stored hash in a tuple."""
    active = select(User.password_hash).filter_by(
        id=account.id, status=Status.ACTIVE, deleted_at=None
    )
    row = db.session.execute(active.with_for_update(read=share)).one_or_none()
    return None if row is None else (row.password_hash,)


def _verify_again(account: Credentials, stored: str | None, password: str | None) -> Credentials:
    """Verify the password with the hash that has replaced the one that was read.

    The transaction is rolled back first. It has not written anything yet.

    Raises:
        Unauthenticated: it is the hash of another password.
    """
    db.session.rollback()
    if password is None or not hashing.verify(stored, password):
        raise Unauthenticated
    return account._replace(password_hash=stored)


def _renew_hash(account: Credentials, password: str) -> str | None:
    """Return a new hash of the password if the stored one is outdated."""
    if account.password_hash and not hashing.current_hashing().is_outdated(account.password_hash):
        return None
    return hashing.hash_password(password)


def _replace_hash(account: Credentials, new_hash: str) -> None:
    # ``updated_at`` stays, because the user has changed nothing.
    row = update_row(User).filter_by(id=account.id)
    db.session.execute(row.values(password_hash=new_hash, updated_at=User.updated_at))
