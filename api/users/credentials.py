"""What accounts are proven with: finding the account that someone claims, and its password."""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy import update as update_row

from api.audit.service import Event, record
from api.core import hashing, identifiers
from api.core.database import db
from api.core.errors import Unauthenticated
from api.core.reads import Query
from api.passwords import attempts
from api.passwords import service as passwords
from api.users.models import Credentials, User

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
    account: Credentials, password: str, *, by: UUID | None, pointer: str = "/password"
) -> User:
    """Choose a new password; every token issued before stops counting.

    ``pointer`` is where findings point: the member of the request that held the password.

    Raises:
        Invalid: the password breaks the policy.
        Unauthenticated: another change came between, and what proved who asks counts no more.
    """
    passwords.check(password, context=(account.username, account.email), pointer=pointer)
    password_hash = hashing.hash_password(password)  # before a transaction that others wait for
    user = db.session.get(User, account.id, with_for_update=True)
    if user is None or user.deleted_at or user.token_generation != account.token_generation:
        raise Unauthenticated
    user.password_hash = password_hash
    user.token_generation += 1
    attempts.forget_with_the_rest(attempts.key(user.id))  # whom guesses locked out may come in
    record(Event.PASSWORD_CHANGED, subject=user.id, by=by)
    return user


def upgrade_hash(account: Credentials, password: str) -> None:
    """Store the same password under the present cost parameters, unless it has been changed."""
    unchanged = update_row(User).filter_by(id=account.id, password_hash=account.password_hash)
    renewed = hashing.hash_password(password)
    # Nobody has changed the account, so it counts as changed when it did before.
    db.session.execute(unchanged.values(password_hash=renewed, updated_at=User.updated_at))
