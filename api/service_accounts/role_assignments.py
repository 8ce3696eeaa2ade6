"""Granting roles to service accounts and withdrawing them.

A caller may grant or withdraw a role only with all permissions that the role carries.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from api.core import clock
from api.core.database import db
from api.core.etags import ANY, ExpectedVersion
from api.core.events import Event, emit
from api.core.principal import Principal
from api.roles import service as roles
from api.roles.assignments import MAX_ROLES_PER_USER, USER
from api.roles.errors import RoleBuiltIn
from api.roles.models import Role, ServiceAccountRole
from api.service_accounts.accounts import lock_manageable_account
from api.service_accounts.models import ServiceAccount
from api.users import role_assignments as user_roles
from api.users.errors import TooManyRolesHeld


def grant_role(
    account_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion = ANY
) -> None:
    """Grant a role to a service account, which may already have it.

    Raises:
        SessionRequired, ServiceAccountNotFound: as ``lock_manageable_account``.
        PermissionDenied: the caller lacks a permission of the role or of the account.
        RoleNotFound
        PreconditionFailed: the account has another version.
        RoleBuiltIn: it is the role of users.
        TooManyRolesHeld: the account has the maximum number of roles.
    """
    account = lock_manageable_account(account_id, by=by)
    if_match.check(account.version)
    role = roles.require_role(name, lock="share")
    by.require_all(role.permissions)
    if name == USER:
        raise RoleBuiltIn
    if name in account.roles:
        return
    if len(account.roles) >= MAX_ROLES_PER_USER:
        raise TooManyRolesHeld
    assign_roles(account, [role], by=by)
    _increment_version(account)


def withdraw_role(
    account_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion = ANY
) -> None:
    """Withdraw a role from a service account, which need not have it.

    Raises:
        SessionRequired, ServiceAccountNotFound: as ``lock_manageable_account``.
        PermissionDenied: the caller lacks a permission of the role or of the account.
        RoleNotFound
        PreconditionFailed: the account has another version.
    """
    account = lock_manageable_account(account_id, by=by)
    if_match.check(account.version)
    role = roles.require_role(name, lock="share")
    by.require_all(role.permissions)
    if name not in account.roles:
        return
    db.session.delete(db.session.get_one(ServiceAccountRole, (account.id, name)))
    _increment_version(account)
    emit(Event.ROLE_WITHDRAWN, subject=account.id, by=by, role=name)


def assign_roles(account: ServiceAccount, granted: Iterable[Role], *, by: Principal) -> None:
    """Insert role assignments that the account does not have. The caller has authorised it."""
    for role in granted:
        db.session.add(ServiceAccountRole(service_account_id=account.id, role=role.name))
        emit(Event.ROLE_GRANTED, subject=account.id, by=by, role=role.name)


def find_assignable_roles(names: Sequence[str], *, by: Principal) -> list[Role]:
    """Return the roles that a new service account gets.

    Raises:
        RoleBuiltIn: one of them is the role of users.
        InvalidRequest: there is no role with one of the names.
        PermissionDenied: the caller lacks ``roles:write``, or a permission of a role.
    """
    if USER in names:
        raise RoleBuiltIn
    found = user_roles.find_roles(names)
    user_roles.require_assignable_roles(found, by=by)
    return found


def _increment_version(account: ServiceAccount) -> None:
    """Give an account a new version after its roles have changed, which are in other rows."""
    account.updated_at = clock.now()
    db.session.flush()
    db.session.expire(account, ["role_assignments"])
