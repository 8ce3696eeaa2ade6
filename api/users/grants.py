"""Roles of accounts. Nobody grants or withdraws what they do not hold themselves."""

from collections.abc import Iterable
from uuid import UUID

from api.audit.service import Event, record
from api.core.actor import Actor, Permission
from api.core.database import db
from api.core.errors import Finding, Invalid
from api.core.versions import ANY, Expected
from api.roles import service as roles
from api.roles.errors import RoleBuiltIn, RoleNotFound
from api.roles.models import Role, UserRole
from api.roles.rights import ADMIN, MOST_ROLES, USER
from api.users.accounts import reached, spare_the_last, touch
from api.users.errors import TooManyRolesHeld
from api.users.models import User


def grant(user_id: UUID, name: str, *, by: Actor, only_if: Expected = ANY) -> None:
    """Let an account hold a role; it may hold it already.

    Raises:
        PermissionDenied: without roles:write, or a permission of the role or of the account.
        UserNotFound, RoleNotFound
        Stale: the account has been changed since it was read.
    """
    by.must(Permission.ROLES_WRITE)
    user = reached(user_id, by=by)
    only_if.hold(user.version)
    role = roles.required(name, lock="share")
    by.must_hold(role.permissions)
    give(user, role, by=by.id)


def withdraw(user_id: UUID, name: str, *, by: Actor, only_if: Expected = ANY) -> None:
    """Let an account no longer hold a role; it need not hold it.

    Raises:
        PermissionDenied: without roles:write, or a permission of the role or of the account.
        UserNotFound, RoleNotFound
        Stale: the account has been changed since it was read.
        RoleBuiltIn: everybody is a user.
        LastAdministrator: nobody would be left to manage users.
    """
    by.must(Permission.ROLES_WRITE)
    user = reached(user_id, by=by)
    only_if.hold(user.version)
    role = roles.required(name, lock="change")
    by.must_hold(role.permissions)
    take(user, role, by=by.id)


def give(user: User, role: Role, *, by: UUID | None) -> None:
    """Grant a role; the caller has locked the account and decided that it may be."""
    if role.name not in user.roles:
        if len(user.roles) > MOST_ROLES:  # that of a user, which everybody has, comes on top
            raise TooManyRolesHeld
        hand_over(user, [role], by=by)
        touch(user)


def take(user: User, role: Role, *, by: UUID | None) -> None:
    """Withdraw a role; the caller has locked the account and decided that it may be."""
    if role.name == USER:
        raise RoleBuiltIn
    if role.name not in user.roles:
        return
    if role.name == ADMIN:
        spare_the_last(user)
    held = db.session.get_one(UserRole, (user.id, role.name))
    db.session.delete(held)
    touch(user)
    record(Event.ROLE_WITHDRAWN, subject=user.id, by=by, role=role.name)


def hand_over(user: User, granted: Iterable[Role], *, by: UUID | None) -> None:
    for role in granted:
        db.session.add(UserRole(user_id=user.id, role=role.name))
        record(Event.ROLE_GRANTED, subject=user.id, by=by, role=role.name)


def named(names: Iterable[str]) -> list[Role]:
    """Return the roles that a new account is to hold beside that of a user.

    Raises:
        Invalid: there is no such role.
    """
    found = []
    for place, name in enumerate(names):
        try:
            found.append(roles.required(name, lock="share"))
        except RoleNotFound as error:
            raise Invalid([Finding(f"/roles/{place}", "role", "is not a role")]) from error
    return [role for role in found if role.name != USER]


def may_hand_over(granted: Iterable[Role], *, by: Actor) -> None:
    """Refuse to open an account with roles that the actor could not grant."""
    for role in granted:
        by.must(Permission.ROLES_WRITE)
        by.must_hold(role.permissions)
