"""What can be done with users. Nothing here commits: a request is one transaction."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy import delete as delete_row
from sqlalchemy import update as update_row
from sqlalchemy.orm.exc import StaleDataError

from api.audit.service import Event, record
from api.core import hashing, identifiers
from api.core.actor import PERMISSIONS, Actor, Permission, Role
from api.core.database import db, flush, require
from api.core.errors import Unauthenticated
from api.core.reads import Query
from api.passwords import attempts
from api.passwords import service as passwords
from api.users.errors import EmailTaken, LastAdministrator, UsernameTaken, UserNotFound
from api.users.models import Credentials, Profile, Status, User

OWN = {"username", "display_name"}  # what everyone may change of their own account
TAKEN = {"uq_users_username_key": UsernameTaken, "uq_users_email_key": EmailTaken}

PROFILE = [getattr(User, name) for name in Profile._fields]
CREDENTIALS = [getattr(User, name) for name in Credentials._fields]

profile_of = Query(select(*PROFILE).where(User.id == bindparam("id")), Profile)
credentials_of = Query(select(*CREDENTIALS).where(User.id == bindparam("id")), Credentials)
credentials_by_username = Query(
    select(*CREDENTIALS).where(User.username_key == bindparam("key")), Credentials
)
credentials_by_email = Query(
    select(*CREDENTIALS).where(User.email_key == bindparam("key")), Credentials
)


def recognise(user_id: UUID, generation: int) -> Actor | None:
    """Return the actor of an account that is active and whose tokens are of this generation."""
    profile = profile_of.first(id=user_id)
    if profile is None or profile.status != Status.ACTIVE:
        return None
    if profile.token_generation != generation:
        return None
    return Actor(profile.id, PERMISSIONS[profile.role], profile)


def credentials(username: str | None, email: str | None) -> Credentials | None:
    """Find an account by what someone typed; with both, both must be of the same account."""
    if username is None:
        return credentials_by_email.first(key=identifiers.email_key(email or ""))
    found = credentials_by_username.first(key=identifiers.username_key(username))
    if found is None or email is None:
        return found
    return found if found.email_key == identifiers.email_key(email) else None


def create(profile: dict[str, Any], password: str, *, by: UUID | None) -> User:
    """Open an account; the caller has decided that it may be.

    Raises:
        Invalid: the password breaks the policy.
        UsernameTaken, EmailTaken: another account has it.
    """
    passwords.check(password, context=(profile["username"], profile["email"]))
    user = User(**profile, password_hash=hashing.hash_password(password))
    db.session.add(user)
    _save(user)
    record(Event.USER_CREATED, subject=user.id, by=by or user.id)
    return user


def create_for(profile: dict[str, Any], *, by: Actor) -> User:
    """Open an account for somebody else; ``profile`` holds their first password too."""
    by.must(Permission.USERS_WRITE)
    profile = dict(profile)
    return create(profile, profile.pop("password"), by=by.id)


def read(user_id: UUID, *, by: Actor) -> Profile:
    by.must(Permission.USERS_READ, unless_self=user_id)
    found: Profile | None = by.record if user_id == by.id else profile_of.first(id=user_id)
    if found is None:
        raise UserNotFound
    return found


def update(user_id: UUID, changes: dict[str, Any], *, by: Actor) -> User:
    """Change some of an account, or all of it.

    Raises:
        PermissionDenied: it is not one's own, or more than ``OWN``, without users:write.
        UserNotFound, UsernameTaken, EmailTaken
        LastAdministrator: nobody would be left to manage users.
    """
    by.must(Permission.USERS_WRITE, unless_self=user_id if changes.keys() <= OWN else None)
    user = require(User, user_id, UserNotFound)
    if changes.get("role", user.role) != Role.ADMIN or changes.get("status") == Status.SUSPENDED:
        _keep_an_administrator(user)
    if changes.get("status") == Status.SUSPENDED:
        # reactivation does not revive old tokens; the database counts, or two would count as one
        user.token_generation = User.token_generation + 1
    for name, value in changes.items():
        setattr(user, name, value)
    _save(user)
    record(Event.USER_UPDATED, subject=user.id, by=by.id, changed=sorted(changes))
    return user


def delete(user_id: UUID, *, by: Actor) -> None:
    by.must(Permission.USERS_WRITE)
    _keep_an_administrator(require(User, user_id, UserNotFound))
    gone = delete_row(User).filter_by(id=user_id).returning(User.id)
    if db.session.scalar(gone) is None:  # someone else was faster
        raise UserNotFound
    record(Event.USER_DELETED, subject=user_id, by=by.id)


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
    attempts.forget(attempts.key(account.id))  # whoever was locked out by guesses is let in again
    user = db.session.get(User, account.id, with_for_update=True)
    if user is None or user.token_generation != account.token_generation:
        raise Unauthenticated
    user.password_hash = password_hash
    user.token_generation += 1
    record(Event.PASSWORD_CHANGED, subject=user.id, by=by)
    return user


def upgrade_hash(account: Credentials, password: str) -> None:
    """Store the same password under the present cost parameters, unless it has been changed."""
    unchanged = update_row(User).filter_by(id=account.id, password_hash=account.password_hash)
    db.session.execute(unchanged.values(password_hash=hashing.hash_password(password)))


def _save(user: User) -> None:
    """Write it; where both names are taken, the username is told, whichever index comes first."""
    user_id, username_key = user.id, user.username_key
    try:
        flush(taken=TAKEN)
    except StaleDataError as error:  # it has been deleted meanwhile
        raise UserNotFound from error
    except EmailTaken as error:
        holder = credentials_by_username.first(key=username_key)
        if holder is None or holder.id == user_id:
            raise
        raise UsernameTaken from error


def _keep_an_administrator(user: User) -> None:
    """Refuse to lose the last one; the rows are locked, so that two cannot demote each other."""
    if user.role != Role.ADMIN or user.status != Status.ACTIVE:
        return
    active = select(User.id).filter_by(role=Role.ADMIN, status=Status.ACTIVE)
    others = set(db.session.scalars(active.order_by(User.id).with_for_update())) - {user.id}
    if not others:
        raise LastAdministrator
