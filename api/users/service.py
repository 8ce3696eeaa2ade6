"""What can be done with users. Nothing here commits: a request is one transaction."""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm.exc import StaleDataError

from api.audit.service import Event, record
from api.core import hashing
from api.core.actor import PERMISSIONS, Actor, Permission, Role
from api.core.database import db, flush, require
from api.core.reads import Query
from api.core.versions import ANY, Expected
from api.passwords import service as passwords
from api.users import credentials
from api.users.errors import EmailTaken, LastAdministrator, UsernameTaken, UserNotFound
from api.users.models import Profile, Status, User

OWN = {"username", "display_name"}  # what everyone may change of their own account
MANAGED = ("role", "status")  # closed words, which the audit trail may repeat
TAKEN = {"uq_users_username_key": UsernameTaken, "uq_users_email_key": EmailTaken}

PROFILE = [getattr(User, name) for name in Profile._fields]

profile_of = Query(select(*PROFILE).where(User.id == bindparam("id")), Profile)


def recognise(user_id: UUID, generation: int) -> Actor | None:
    """Return the actor of an account that is active and whose tokens are of this generation."""
    profile = profile_of.first(id=user_id)
    if profile is None or profile.status != Status.ACTIVE:
        return None
    if profile.token_generation != generation:
        return None
    return Actor(profile.id, PERMISSIONS[profile.role], profile)


def create(account: dict[str, Any], *, by: UUID | None) -> User:
    """Open an account, whose profile and password are given; the caller has decided that it may be.

    ``by`` is who does it: the account itself, an administrator, or None for the operator.

    Raises:
        Invalid: the password breaks the policy.
        UsernameTaken, EmailTaken: another account has it.
    """
    profile = dict(account)
    password = profile.pop("password")
    passwords.check(password, context=(profile["username"], profile["email"]))
    user = User(**profile, password_hash=hashing.hash_password(password))
    db.session.add(user)
    _save(user)
    record(Event.USER_CREATED, subject=user.id, by=by)
    return user


def create_for(account: dict[str, Any], *, by: Actor) -> User:
    """Open an account for somebody else, with their first password."""
    by.must(Permission.USERS_WRITE)
    return create(account, by=by.id)


def read(user_id: UUID, *, by: Actor) -> Profile:
    by.must(Permission.USERS_READ, unless_self=user_id)
    found: Profile | None = by.record if user_id == by.id else profile_of.first(id=user_id)
    if found is None:
        raise UserNotFound
    return found


def update(user_id: UUID, changes: dict[str, Any], *, by: Actor, only_if: Expected = ANY) -> User:
    """Change some of an account, or all of it, where it is still as the actor saw it.

    Raises:
        PermissionDenied: it is not one's own, or more than ``OWN``, without users:write.
        UserNotFound, Stale, UsernameTaken, EmailTaken
        LastAdministrator: nobody would be left to manage users.
    """
    by.must(Permission.USERS_WRITE, unless_self=user_id if changes.keys() <= OWN else None)
    user = _sought(user_id, changes, only_if)
    different = {name: new for name, new in changes.items() if getattr(user, name) != new}
    if different.get("status") == Status.SUSPENDED:
        # reactivation does not revive old tokens; the database counts, or two would count as one
        user.token_generation = User.token_generation + 1
    for name, value in different.items():
        setattr(user, name, value)
    _save(user)
    if different:
        told = {name: different[name] for name in MANAGED if name in different}
        record(Event.USER_UPDATED, subject=user_id, by=by.id, changed=sorted(different), **told)
    return user


def _sought(user_id: UUID, changes: dict[str, Any], only_if: Expected) -> User:
    """Return the account to change; one more administrator is needed where it stops being one.

    It is locked before versions are compared: of many who saw the same one, one changes it.
    """
    if changes.keys().isdisjoint(MANAGED):
        user = require(User, user_id, UserNotFound, lock=True)
        only_if.hold(user.version)
        return user
    user, others = _with_administrators(user_id)
    only_if.hold(user.version)
    stays = changes.get("role", user.role) == Role.ADMIN
    stays = stays and changes.get("status", user.status) == Status.ACTIVE
    if _administers(user) and not stays and not others:
        raise LastAdministrator
    return user


def delete(user_id: UUID, *, by: Actor, only_if: Expected = ANY) -> None:
    by.must(Permission.USERS_WRITE)
    user, others = _with_administrators(user_id)
    only_if.hold(user.version)
    if _administers(user) and not others:
        raise LastAdministrator
    db.session.delete(user)
    record(Event.USER_DELETED, subject=user_id, by=by.id)


def _save(user: User) -> None:
    """Write it; where both names are taken, the username is told, whichever index comes first."""
    user_id, username_key = user.id, user.username_key
    try:
        flush(taken=TAKEN)
    except StaleDataError as error:  # it has been deleted meanwhile
        raise UserNotFound from error
    except EmailTaken as error:
        holder = credentials.by_username.first(key=username_key)
        if holder is None or holder.id == user_id:
            raise
        raise UsernameTaken from error


def _with_administrators(user_id: UUID) -> tuple[User, list[User]]:
    """Return an account, and who else administers.

    All these rows are locked, in one order: two cannot demote each other, nor one somebody who has
    just been made an administrator.
    """
    administers = and_(User.role == Role.ADMIN, User.status == Status.ACTIVE)
    rows = select(User).where(or_(User.id == user_id, administers)).order_by(User.id)
    locked = rows.with_for_update().execution_options(populate_existing=True)
    found = {user.id: user for user in db.session.scalars(locked)}
    user = found.pop(user_id, None)
    if user is None:
        raise UserNotFound
    return user, list(found.values())


def _administers(user: User) -> bool:
    return user.role == Role.ADMIN and user.status == Status.ACTIVE
