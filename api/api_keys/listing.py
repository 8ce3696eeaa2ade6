"""Reading the API keys of an owner."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select

from api.api_keys.errors import ApiKeyNotFound
from api.api_keys.models import ApiKey
from api.api_keys.owners import COLUMNS, Owner, require_owner
from api.core.reads import Query


class ApiKeyRow(NamedTuple):
    """A key as its owner and administrators see it. ``key`` is the key itself, when it is new."""

    id: UUID
    name: str
    last4: str
    scopes: list[str]
    allowed_networks: list[str] | None
    requests_per_minute: int | None
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    last_used_address: str | None
    successor_id: UUID | None
    key: str | None = None

    @property
    def hint(self) -> str:
        return make_hint(self.last4)


def make_hint(last4: str) -> str:
    """Return the text by which people recognise a key."""
    return f"rb_live_…{last4}"


ROW_COLUMNS = [getattr(ApiKey, name) for name in ApiKeyRow._fields if name != "key"]

keys_by_owner = {
    kind: Query(
        select(*ROW_COLUMNS)
        .where(column == bindparam("owner"))
        .order_by(ApiKey.created_at.desc(), ApiKey.id.desc()),
        ApiKeyRow,
    )
    for kind, column in COLUMNS.items()
}


def list_keys(owner: Owner) -> list[ApiKeyRow]:
    """Return the keys of an owner, newest first. Those that have expired are among them.

    Raises:
        UserNotFound, ServiceAccountNotFound
    """
    keys = keys_by_owner[owner.kind].all(owner=owner.id)
    if not keys:
        require_owner(owner)
    return keys


def read_key(key_id: UUID, owner: Owner) -> ApiKeyRow:
    """Return a key of an owner.

    Raises:
        ApiKeyNotFound
    """
    for key in list_keys(owner):
        if key.id == key_id:
            return key
    raise ApiKeyNotFound


def make_row(key: ApiKey, secret: str) -> ApiKeyRow:
    """Return a new key with its secret, which is shown once."""
    values = {column.key: getattr(key, column.key) for column in ROW_COLUMNS}
    return ApiKeyRow(**values, key=secret)
