"""What accounts are proven with: finding the account that someone claims, and its password."""

from sqlalchemy import bindparam, select
from sqlalchemy import update as update_row

from api.core import hashing, identifiers
from api.core.database import db
from api.core.errors import Unauthenticated
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.reads import Query
from api.passwords import service as passwords
from api.users.models import Credentials, Status, User

COLUMNS = [getattr(User, name) for name in Credentials._fields]

LIVING = select(*COLUMNS).where(User.deleted_at.is_(None))

of = Query(LIVING.where(User.id == bindparam("id")), Credentials)
by_username = Query(LIVING.where(User.username_key == bindparam("key")), Credentials)
by_email = Query(LIVING.where(User.email_key == bindparam("key")), Credentials)


def claimed(username: str | None, email: str | None) -> Credentials | None:
    """Find the account that someone claims, by the username where both are given."""
    if username is None:
        return by_email.first(key=identifiers.email_key(email or ""))
    return by_username.first(key=identifiers.username_key(username))


def set_password(
    account: Credentials,
    password: str,
    *,
    by: Principal,
    proven: str | None = None,
    pointer: str = "/password",
) -> User:
    """Choose a new password; every session ends.

    ``proven`` is the present one, where the owner has given it; ``pointer`` is where findings
    point: the member of the request that held the password.

    Raises:
        Invalid: the password breaks the policy.
        Unauthenticated: another change came between, and what proved who asks counts no more.
    """
    passwords.check(password, context=(account.username, account.email), pointer=pointer)
    password_hash = hashing.hash_password(password)  # before a transaction that others wait for
    user = db.session.get(User, account.id, with_for_update=True)
    if user is None or user.deleted_at or not _still(account, user.password_hash, proven):
        raise Unauthenticated
    user.password_hash = password_hash
    emit(Event.PASSWORD_CHANGED, subject=user.id, by=by)
    return user


def confirm(account: Credentials, password: str) -> bool:
    """Tell whether an account still is what was proven, and keep it so until the transaction ends.

    A password change or a suspension that comes between would end all sessions but the one that is
    about to be opened. A hash that costs less than it should, or was made elsewhere, is made anew.
    """
    renewed = _renewed(account, password)  # before a row is locked that others wait for
    living = select(User.password_hash).filter_by(
        id=account.id, status=Status.ACTIVE, deleted_at=None
    )
    found = db.session.execute(living.with_for_update(read=renewed is None)).one_or_none()
    if found is None or not _still(account, found.password_hash, password):
        return False
    if renewed is not None and found.password_hash == account.password_hash:
        _upgrade(account, renewed)
    return True


def _renewed(account: Credentials, password: str) -> str | None:
    return (
        hashing.hash_password(password) if hashing.outdated(account.password_hash or "") else None
    )


def _still(account: Credentials, stored: str | None, password: str | None) -> bool:
    """Tell whether the stored hash is of what was proven; its form may have been made anew."""
    if stored == account.password_hash:
        return True
    return password is not None and hashing.verify(stored, password)


def _upgrade(account: Credentials, renewed: str) -> None:
    # Nobody has changed the account, so it counts as changed when it did before.
    row = update_row(User).filter_by(id=account.id)
    db.session.execute(row.values(password_hash=renewed, updated_at=User.updated_at))
