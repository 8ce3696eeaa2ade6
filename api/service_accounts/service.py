"""Creating, changing and deleting service accounts.

A caller may create, change or delete a service account only with all permissions that it has.
Services do not commit; the request transaction does.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from api.core import clock
from api.core.database import db, flush
from api.core.etags import ANY, ExpectedVersion
from api.core.events import Event, emit
from api.core.principal import Principal
from api.service_accounts import role_assignments
from api.service_accounts.accounts import lock_manageable_account
from api.service_accounts.errors import ServiceAccountNameTaken
from api.service_accounts.models import ServiceAccount, Status
from api.service_accounts.schemas import ServiceAccountCreation, ServiceAccountPatch
from api.service_accounts.search import get_account
from api.users.models import PurgedAccount

NAME_TAKEN = {"uq_service_accounts_name_key": ServiceAccountNameTaken}
STATUS_EVENTS = {
    Status.ACTIVE: Event.SERVICE_ACCOUNT_REACTIVATED,
    Status.SUSPENDED: Event.SERVICE_ACCOUNT_SUSPENDED,
}


def create(given: ServiceAccountCreation, *, by: Principal) -> ServiceAccount:
    """Create a service account.

    Raises:
        PermissionDenied: the caller may not grant one of the roles.
        RoleBuiltIn: one of the roles is the role of users.
        InvalidRequest: there is no role with one of the names.
        ServiceAccountNameTaken
    """
    roles = role_assignments.find_assignable_roles(given.get("roles", ()), by=by)
    created_by = by.recorded_id
    account = ServiceAccount(
        name=given["name"], description=given.get("description", ""), created_by=created_by
    )
    db.session.add(account)
    flush(taken=NAME_TAKEN)
    emit(Event.SERVICE_ACCOUNT_CREATED, subject=account.id, by=by)
    role_assignments.assign_roles(account, roles, by=by)
    return account


def update(
    account_id: UUID,
    changes: ServiceAccountPatch,
    *,
    by: Principal,
    if_match: ExpectedVersion = ANY,
) -> ServiceAccount:
    """Change some members of a service account.

    Raises:
        SessionRequired, PermissionDenied, ServiceAccountNotFound: as ``lock_manageable_account``.
        PreconditionFailed: the account has another version.
        ServiceAccountNameTaken
    """
    account = lock_manageable_account(account_id, by=by)
    if_match.check(account.version)
    different = _find_differences(account, changes)
    for name, value in different.items():
        setattr(account, name, value)
    flush(taken=NAME_TAKEN)
    _emit_changes(account, set(different), by=by)
    return account


def delete(account_id: UUID, *, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Delete a service account, with its credentials and its API keys. No other gets its id.

    Raises:
        SessionRequired, PermissionDenied, ServiceAccountNotFound: as ``lock_manageable_account``.
        PreconditionFailed: the account has another version.
    """
    account = lock_manageable_account(account_id, by=by)
    if_match.check(account.version)
    db.session.delete(account)
    db.session.add(PurgedAccount(id=account_id, purged_at=clock.now()))
    emit(Event.SERVICE_ACCOUNT_DELETED, subject=account_id, by=by)


def _find_differences(account: ServiceAccount, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that would change. A new status without a reason deletes the reason."""
    changes = dict(given)
    if changes.get("status", account.status) != account.status:
        changes.setdefault("status_reason", None)
    return {name: new for name, new in changes.items() if getattr(account, name) != new}


def _emit_changes(account: ServiceAccount, changed: set[str], *, by: Principal) -> None:
    if "status" in changed:
        changed -= {"status", "status_reason"}
        event = STATUS_EVENTS[Status(account.status)]
        emit(event, subject=account.id, by=by, reason=account.status_reason)
    if changed:
        emit(Event.SERVICE_ACCOUNT_UPDATED, subject=account.id, by=by, changed=sorted(changed))


__all__ = ["create", "delete", "get_account", "lock_manageable_account", "update"]
