"""Granting roles to users and withdrawing them.

A caller may grant or withdraw a role only with all permissions that the role carries.
"""

from collections.abc import Iterable
from uuid import UUID

from api.core.database import db
from api.core.errors import InvalidRequest, ValidationError
from api.core.etags import ANY, ExpectedVersion
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import Principal
from api.core.validation_rules import ValidationRule
from api.roles import service as roles
from api.roles.assignments import ADMIN, MAX_ROLES_PER_USER, USER
from api.roles.errors import RoleBuiltIn, RoleNotFound
from api.roles.models import Role, UserRole
from api.users.accounts import (
    increment_version,
    lock_manageable_user,
    require_another_administrator,
)
from api.users.errors import TooManyRolesHeld
from api.users.models import User


def grant_role(user_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Grant a role to a user, who may already have it.

    Raises:
        PermissionDenied: the caller lacks a permission of the role or of the user.
        UserNotFound, RoleNotFound
        PreconditionFailed: the account has another version.
        TooManyRolesHeld: the user has the maximum number of roles.
    """
    user = lock_manageable_user(user_id, by=by)
    if_match.check(user.version)
    role = roles.require_role(name, lock="share")
    by.require_all(role.permissions)
    add_role(user, role, by=by)


def withdraw_role(
    user_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion = ANY
) -> None:
    """Withdraw a role from a user, who need not have it.

    Raises:
        PermissionDenied: the caller lacks a permission of the role or of the user.
        UserNotFound, RoleNotFound
        PreconditionFailed: the account has another version.
        RoleBuiltIn: it is the role that every user has.
        LastAdministrator: no active administrator would remain.
    """
    user = lock_manageable_user(user_id, by=by)
    if_match.check(user.version)
    role = roles.require_role(name, lock="change")
    by.require_all(role.permissions)
    remove_role(user, role, by=by)


def add_role(user: User, role: Role, *, by: Principal) -> None:
    """Grant a role. The caller has locked the account and the role, and has authorised it."""
    if role.name in user.roles:
        return
    if len(user.roles) - 1 >= MAX_ROLES_PER_USER:  # the role ``user`` does not count
        raise TooManyRolesHeld
    assign_roles(user, [role], by=by)
    increment_version(user)


def remove_role(user: User, role: Role, *, by: Principal) -> None:
    """Withdraw a role. The caller has locked the account and the role, and has authorised it."""
    if role.name == USER:
        raise RoleBuiltIn
    if role.name not in user.roles:
        return
    if role.name == ADMIN:
        require_another_administrator(user)
    db.session.delete(db.session.get_one(UserRole, (user.id, role.name)))
    increment_version(user)
    emit(Event.ROLE_WITHDRAWN, subject=user.id, by=by, role=role.name)


def assign_roles(user: User, roles_to_assign: Iterable[Role], *, by: Principal) -> None:
    """Insert role assignments that the user does not have. The caller has authorised it."""
    for role in roles_to_assign:
        db.session.add(UserRole(user_id=user.id, role=role.name))
        emit(Event.ROLE_GRANTED, subject=user.id, by=by, role=role.name)


def find_roles(names: Iterable[str]) -> list[Role]:
    """Return the roles that a new account gets, without the role ``user``.

    Raises:
        InvalidRequest: there is no role with one of the names, or there are too many.
    """
    found = []
    for position, name in enumerate(names):
        try:
            found.append(roles.require_role(name, lock="share"))
        except RoleNotFound as error:
            raise InvalidRequest(
                [ValidationError(f"/roles/{position}", ValidationRule.ROLE, "is not a role")]
            ) from error
    assigned = [role for role in found if role.name != USER]
    require_allowed_number(len(assigned))
    return assigned


def require_allowed_number(number: int) -> None:
    """Check the number of roles of a new account, without the role ``user``.

    Raises:
        InvalidRequest: there are too many.
    """
    if number > MAX_ROLES_PER_USER:
        message = f"must have {MAX_ROLES_PER_USER} items or fewer beside `user`"
        raise InvalidRequest([ValidationError("/roles", ValidationRule.MAX_ITEMS, message)])


def require_assignable_roles(roles_to_assign: Iterable[Role], *, by: Principal) -> None:
    """Check that the caller may grant these roles to a new account.

    Raises:
        PermissionDenied: the caller lacks ``roles:write``, or a permission of a role.
    """
    for role in roles_to_assign:
        by.require(Permission.ROLES_WRITE)
        by.require_all(role.permissions)
