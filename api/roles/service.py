"""Listing, defining, changing and deleting roles.

A caller may define, change or delete a role only with all permissions that the role carries.
"""

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
from api.roles.assignments import ADMIN
from api.roles.errors import RoleBuiltIn, RoleInUse, RoleNotFound, RoleTaken, TooManyRoles
from api.roles.models import Role, ServiceAccountRole, UserRole
from api.roles.schemas import RoleCreation, RolePatch

MAX_ROLES = 1000  # so that the list of roles needs no pages
NAME_TAKEN = {"pk_roles": RoleTaken, "uq_roles_name": RoleTaken}  # PostgreSQL and SQLite

Lock = Literal["share", "change"]


@dataclass(frozen=True)
class DescribedPermission:
    name: Permission
    description: str


@dataclass(frozen=True)
class Collection:
    """A list without pages."""

    items: Sequence[Any]


def list_permissions() -> Collection:
    return Collection([DescribedPermission(*pair) for pair in DESCRIPTIONS.items()])


def list_roles() -> Collection:
    with autocommit() as connection, Session(connection) as session:
        return Collection(sorted(session.scalars(select(Role)), key=lambda role: role.name))


def read(name: str) -> Role:
    with autocommit() as connection, Session(connection) as session:
        role = session.get(Role, name)
    if role is None:
        raise RoleNotFound
    return role


def create(definition: RoleCreation, *, by: Principal) -> Role:
    """Define a role.

    Raises:
        PermissionDenied: the caller lacks a permission that the role would carry.
        RoleTaken, TooManyRoles
    """
    by.require_all(definition["permissions"])
    require_role(ADMIN, lock="change")  # requests wait for each other, so that the count is right
    if db.session.scalar(select(func.count()).select_from(Role)) == MAX_ROLES:
        raise TooManyRoles
    role = Role(
        name=definition["name"],
        description=definition.get("description", ""),
        permissions=definition["permissions"],
    )
    db.session.add(role)
    flush(taken=NAME_TAKEN)
    emit(Event.ROLE_CREATED, subject=None, by=by, role=role.name)
    return role


def update(
    name: str, changes: RolePatch, *, by: Principal, if_match: ExpectedVersion = ANY
) -> Role:
    """Change the description or the permissions of a role.

    Raises:
        PermissionDenied: the caller lacks a permission that the role carries or would carry.
        RoleNotFound
        RoleBuiltIn: it is the role of administrators.
        PreconditionFailed: the role has another version.
    """
    role = _lock_manageable_role(name, changes.get("permissions", ()), by)
    if role.name == ADMIN:
        raise RoleBuiltIn
    if_match.check(role.version)
    before = role.definition
    for member, value in changes.items():
        setattr(role, member, value)
    flush(taken={})
    changed = sorted(member for member, value in role.definition.items() if value != before[member])
    if changed:
        emit(Event.ROLE_UPDATED, subject=None, by=by, role=role.name, changed=changed)
    return role


def delete(name: str, *, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Delete a role that neither a user nor a service account has.

    Raises:
        PermissionDenied: the caller lacks a permission that the role carries.
        RoleNotFound, RoleBuiltIn, RoleInUse
        PreconditionFailed: the role has another version.
    """
    role = _lock_manageable_role(name, (), by)
    if role.built_in:
        raise RoleBuiltIn
    if_match.check(role.version)
    if _is_assigned(name):
        raise RoleInUse
    db.session.delete(role)
    emit(Event.ROLE_DELETED, subject=None, by=by, role=name)


def require_role(name: str, *, lock: Lock | None = None) -> Role:
    """Return a role, locked until the transaction ends if ``lock`` is given.

    A lock to ``share`` prevents that the role is changed or deleted. A lock to ``change`` also
    prevents that another transaction locks it to grant it.

    Raises:
        RoleNotFound
    """
    mode = {"read": lock == "share"} if lock else None
    role = db.session.get(Role, name, with_for_update=mode, populate_existing=bool(lock))
    if role is None:
        raise RoleNotFound
    return role


def _is_assigned(name: str) -> bool:
    """Return whether a user or a service account has a role.

    The caller has locked the role to change it, so no transaction grants it meanwhile.
    """
    tables = (UserRole, ServiceAccountRole)
    return any(
        db.session.scalar(select(table.role).filter_by(role=name).limit(1)) for table in tables
    )


def _lock_manageable_role(name: str, permissions: Iterable[Permission], by: Principal) -> Role:
    """Return a role, locked to change it.

    Raises:
        PermissionDenied: the caller lacks one of its permissions, or of ``permissions``.
    """
    role = require_role(name, lock="change")
    by.require_all({*role.permissions, *permissions})
    return role
