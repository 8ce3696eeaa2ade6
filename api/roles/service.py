"""Which roles there are, and what they allow. Nobody defines a role that may more than they do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.core.database import autocommit, db, flush
from api.core.etags import ANY, ExpectedVersion
from api.core.events import Event, emit
from api.core.permissions import DESCRIPTIONS, Permission
from api.core.principal import Principal
from api.roles import rights
from api.roles.errors import RoleBuiltIn, RoleInUse, RoleNotFound, RoleTaken, TooManyRoles
from api.roles.models import Role, UserRole
from api.roles.rights import ADMIN
from api.roles.schemas import RoleCreation, RolePatch

MOST = 1000  # roles, so that the list of them needs no pages
TAKEN = {"pk_roles": RoleTaken, "uq_roles_name": RoleTaken}  # as either database names the key

ON_THE_WIRE = {"allows": "permissions"}

Lock = Literal["share", "change"]


@dataclass(frozen=True)
class Described:
    """A permission, and what it allows."""

    name: Permission
    description: str


@dataclass(frozen=True)
class Items:
    """A list that has no pages."""

    items: Sequence[Any]


def permissions() -> Items:
    return Items([Described(*pair) for pair in DESCRIPTIONS.items()])


def find() -> Items:
    with autocommit() as connection, Session(connection) as session:
        return Items(sorted(session.scalars(select(Role)), key=lambda role: role.name))


def read(name: str) -> Role:
    with autocommit() as connection, Session(connection) as session:
        role = session.get(Role, name)
    if role is None:
        raise RoleNotFound
    return role


def create(definition: RoleCreation, *, by: Principal) -> Role:
    """Define a role.

    Raises:
        PermissionDenied: without roles:write, or one of the permissions that the role is to carry.
        RoleTaken, TooManyRoles
    """
    by.require_all(definition["permissions"])
    require_role(ADMIN, lock="change")  # one at a time, or two would both be the last that fits
    if db.session.scalar(select(func.count()).select_from(Role)) == MOST:
        raise TooManyRoles
    role = Role(
        name=definition["name"],
        description=definition.get("description", ""),
        allows=rights.format_permissions(definition["permissions"]),
    )
    db.session.add(role)
    flush(taken=TAKEN)
    emit(Event.ROLE_CREATED, subject=None, by=by, role=role.name)
    return role


def update(
    name: str, changes: RolePatch, *, by: Principal, if_match: ExpectedVersion = ANY
) -> Role:
    """Change what a role allows, or what is told of it.

    Raises:
        PermissionDenied: without roles:write, or a permission that the role carries or is to carry.
        RoleNotFound
        RoleBuiltIn: it is that of administrators.
        Stale: it has been changed since it was read.
    """
    role = _lock_manageable_role(name, changes.get("permissions", ()), by)
    if role.name == ADMIN:
        raise RoleBuiltIn
    if_match.check(role.version)
    wanted: dict[str, object] = {**changes}
    if "permissions" in changes:
        del wanted["permissions"]
        wanted["allows"] = rights.format_permissions(changes["permissions"])
    different = [column for column, new in wanted.items() if getattr(role, column) != new]
    for column in different:
        setattr(role, column, wanted[column])
    flush(taken={})
    if different:
        changed = sorted(ON_THE_WIRE.get(column, column) for column in different)
        emit(Event.ROLE_UPDATED, subject=None, by=by, role=role.name, changed=changed)
    return role


def delete(name: str, *, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Delete a role that nobody holds.

    Raises:
        PermissionDenied: without roles:write, or a permission that the role carries.
        RoleNotFound, RoleBuiltIn, RoleInUse
        Stale: it has been changed since it was read.
    """
    role = _lock_manageable_role(name, (), by)
    if role.built_in:
        raise RoleBuiltIn
    if_match.check(role.version)
    if db.session.scalar(select(UserRole.user_id).filter_by(role=name).limit(1)):
        raise RoleInUse
    db.session.delete(role)
    emit(Event.ROLE_DELETED, subject=None, by=by, role=name)


def require_role(name: str, *, lock: Lock | None = None) -> Role:
    """Return a role, or refuse.

    While it is locked to ``share``, it neither changes nor goes, so that whoever grants it knows
    what they grant. Locked to ``change``, nobody can grant it either.
    """
    locked = {"read": lock == "share"} if lock else None
    role = db.session.get(Role, name, with_for_update=locked, populate_existing=bool(lock))
    if role is None:
        raise RoleNotFound
    return role


def _lock_manageable_role(name: str, wanted: Iterable[Permission], by: Principal) -> Role:
    """Return a role to change; whoever may less than it does, or is to do, does not touch it."""
    role = require_role(name, lock="change")
    by.require_all({*role.permissions, *wanted})
    return role
