"""Roles of accounts. Nobody grants or withdraws what they do not hold themselves."""

from collections.abc import Iterable
from uuid import UUID

from api.core.database import db
from api.core.errors import InvalidRequest, ValidationError
from api.core.etags import ANY, ExpectedVersion
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import Principal
from api.roles import service as roles
from api.roles.errors import RoleBuiltIn, RoleNotFound
from api.roles.models import Role, UserRole
from api.roles.rights import ADMIN, MAX_ROLES_PER_USER, USER
from api.users.accounts import (
    increment_version,
    lock_manageable_user,
    require_another_administrator,
)
from api.users.errors import TooManyRolesHeld
from api.users.models import User


def grant(user_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Let an account hold a role; it may hold it already.

    Raises:
        PermissionDenied: without roles:write, or a permission of the role or of the account.
        UserNotFound, RoleNotFound
        Stale: the account has been changed since it was read.
    """
    user = lock_manageable_user(user_id, by=by)
    if_match.check(user.version)
    role = roles.require_role(name, lock="share")
    by.require_all(role.permissions)
    give(user, role, by=by)


def withdraw(user_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Let an account no longer hold a role; it need not hold it.

    Raises:
        PermissionDenied: without roles:write, or a permission of the role or of the account.
        UserNotFound, RoleNotFound
        Stale: the account has been changed since it was read.
        RoleBuiltIn: everybody is a user.
        LastAdministrator: nobody would be left to manage users.
    """
    user = lock_manageable_user(user_id, by=by)
    if_match.check(user.version)
    role = roles.require_role(name, lock="change")
    by.require_all(role.permissions)
    take(user, role, by=by)


def give(user: User, role: Role, *, by: Principal) -> None:
    """Grant a role; the caller has locked the account and decided that it may be."""
    if role.name not in user.roles:
        if (
            len(user.roles) > MAX_ROLES_PER_USER
        ):  # that of a user, which everybody has, comes on top
            raise TooManyRolesHeld
        assign_roles(user, [role], by=by)
        increment_version(user)


def take(user: User, role: Role, *, by: Principal) -> None:
    """Withdraw a role; the caller has locked the account and decided that it may be."""
    if role.name == USER:
        raise RoleBuiltIn
    if role.name not in user.roles:
        return
    if role.name == ADMIN:
        require_another_administrator(user)
    held = db.session.get_one(UserRole, (user.id, role.name))
    db.session.delete(held)
    increment_version(user)
    emit(Event.ROLE_WITHDRAWN, subject=user.id, by=by, role=role.name)


def assign_roles(user: User, granted: Iterable[Role], *, by: Principal) -> None:
    for role in granted:
        db.session.add(UserRole(user_id=user.id, role=role.name))
        emit(Event.ROLE_GRANTED, subject=user.id, by=by, role=role.name)


def find_roles(names: Iterable[str]) -> list[Role]:
    """Return the roles that a new account is to hold beside that of a user.

    Raises:
        Invalid: there is no such role.
    """
    found = []
    for place, name in enumerate(names):
        try:
            found.append(roles.require_role(name, lock="share"))
        except RoleNotFound as error:
            raise InvalidRequest(
                [ValidationError(f"/roles/{place}", "role", "is not a role")]
            ) from error
    return [role for role in found if role.name != USER]


def require_assignable_roles(granted: Iterable[Role], *, by: Principal) -> None:
    """Refuse to open an account with roles that the actor could not grant."""
    for role in granted:
        by.require(Permission.ROLES_WRITE)
        by.require_all(role.permissions)
