"""The user or service account that an API key belongs to."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement

from api.api_keys.models import ApiKey
from api.core.principal import PrincipalKind

COLUMNS: dict[PrincipalKind, Any] = {
    PrincipalKind.USER: ApiKey.user_id,
    PrincipalKind.SERVICE_ACCOUNT: ApiKey.service_account_id,
}


class Owner(NamedTuple):
    """The owner of API keys. Whatever adds a key has locked the owner, because of the limits."""

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
