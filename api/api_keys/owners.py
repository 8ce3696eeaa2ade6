"""The user or service account that an API key belongs to."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement

from api.api_keys.models import ApiKey
from api.core.principal import Principal, PrincipalKind
from api.service_accounts.accounts import lock_manageable_account
from api.service_accounts.search import get_account
from api.users.accounts import lock_manageable_user
from api.users.service import get_profile

COLUMNS: dict[PrincipalKind, Any] = {
    PrincipalKind.USER: ApiKey.user_id,
    PrincipalKind.SERVICE_ACCOUNT: ApiKey.service_account_id,
}


class Owner(NamedTuple):
    """The owner of API keys."""

    kind: PrincipalKind
    id: UUID

    def owns(self) -> ColumnElement[bool]:
        """Return the condition that a key belongs to this owner."""
        condition: ColumnElement[bool] = COLUMNS[self.kind] == self.id
        return condition

    def assign(self, key: ApiKey) -> None:
        setattr(key, COLUMNS[self.kind].key, self.id)


def make_user_owner(user_id: UUID) -> Owner:
    return Owner(PrincipalKind.USER, user_id)


def make_account_owner(account_id: UUID) -> Owner:
    return Owner(PrincipalKind.SERVICE_ACCOUNT, account_id)


def require_owner(owner: Owner) -> None:
    """Check that an owner exists.

    Raises:
        UserNotFound, ServiceAccountNotFound
    """
    if owner.kind is PrincipalKind.USER:
        get_profile(owner.id)
    else:
        get_account(owner.id)


def lock_manageable_owner(owner: Owner, *, by: Principal) -> None:
    """Lock an owner whose keys the caller may change, until the transaction ends.

    Raises:
        SessionRequired: the caller is a program of this user, or this service account.
        PermissionDenied: the owner has a permission that the caller lacks.
        UserNotFound, ServiceAccountNotFound
    """
    if owner.kind is PrincipalKind.USER:
        lock_manageable_user(owner.id, by=by)
    else:
        lock_manageable_account(owner.id, by=by)
