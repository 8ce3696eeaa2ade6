"""Locking the service account that an operation changes, and the rules for such a change."""

from uuid import UUID

from api.core.database import db
from api.core.errors import SessionRequired
from api.core.principal import Principal
from api.service_accounts.errors import ServiceAccountNotFound
from api.service_accounts.models import ServiceAccount


def lock_manageable_account(account_id: UUID, *, by: Principal) -> ServiceAccount:
    """Return a service account that the caller may change, locked until the transaction ends.

    The caller must have all permissions of the account. No service account changes itself.

    Raises:
        SessionRequired: the caller is this service account.
        PermissionDenied: it names the first permission that the caller lacks.
        ServiceAccountNotFound
    """
    if account_id == by.id:
        raise SessionRequired
    account = db.session.get(
        ServiceAccount, account_id, with_for_update=True, populate_existing=True
    )
    if account is None:
        raise ServiceAccountNotFound
    by.require_all(account.permissions)  # read now, after the wait for the lock
    return account
