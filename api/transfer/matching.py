"""Finding the existing accounts that rows are about.

A row is about the account with its id, else with its id of the external source, else with its
e-mail address, else with its username. A username alone does not identify the user: another person
could have registered it, and those that look alike are equal. Such an account is never updated.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, union_all

from api.core.database import db
from api.service_accounts.models import ServiceAccount
from api.transfer.rows import Account
from api.users.filters import NOT_DELETED
from api.users.models import PROFILE_COLUMNS, Profile, PurgedAccount, User

UNIQUE_MEMBERS = {  # the member by the key that must be unique, in the order of the errors
    "username_key": "username",
    "email_key": "email",
    "external_id": "external_id",
}
COLUMNS = (
    *PROFILE_COLUMNS,
    User.username_key,
    User.email_key,
    User.password_hash,
    User.imported_hash_digest,
)

Key = tuple[Hashable, ...]  # the name of a key, and its value


class Stored(NamedTuple):
    """What an import compares of an existing account."""

    profile: Profile
    password_hash: str | None
    imported_hash_digest: bytes | None


class Match(NamedTuple):
    """The existing account that a row is about, and the name of the key that both have."""

    stored: Stored
    key: str

    @property
    def id(self) -> UUID:
        return self.stored.profile.id

    @property
    def is_by_username(self) -> bool:
        return self.key == "username_key"


@dataclass(frozen=True)
class ExistingAccounts:
    """The existing accounts with an id or a name of some rows, by each of their keys.

    ``unusable`` are ids of the rows that no user gets: those of purged users, and those of service
    accounts, also of deleted ones.
    """

    by_key: dict[Key, Stored] = field(default_factory=dict)
    unusable: set[UUID] = field(default_factory=set)

    def match(self, account: Account) -> Match | None:
        """Return the account that a row is about."""
        if account.id in self.unusable:
            return None
        for key in _list_identities(account):
            if stored := self.by_key.get(key):
                return Match(stored, str(key[0]))
        return None

    def find_taken(self, account: Account) -> set[Key]:
        """Return the keys of a row that existing accounts have."""
        keys = set(list_keys(account.columns))
        taken = keys & self.by_key.keys()
        return taken | ({("id", account.id)} if account.id in self.unusable else set())


def find_existing(accounts: Iterable[Account]) -> ExistingAccounts:
    """Return the existing accounts with an id or a name of these rows."""
    accounts = list(accounts)
    ids = [account.id for account in accounts]
    statement = select(*COLUMNS).where(or_(User.id.in_(ids), *_make_conditions(accounts)))
    existing = ExistingAccounts()
    for row in db.session.execute(statement).mappings():
        profile = Profile(*(row[name] for name in Profile._fields))
        stored = Stored(profile, row["password_hash"], row["imported_hash_digest"])
        existing.by_key.update(dict.fromkeys(list_keys(row), stored))
    purged = select(PurgedAccount.id).where(PurgedAccount.id.in_(ids))
    programs = select(ServiceAccount.id).where(ServiceAccount.id.in_(ids))
    existing.unusable.update(db.session.scalars(union_all(purged, programs)))
    return existing


def list_keys(columns: Mapping[Any, Any]) -> list[Key]:
    """Return the keys of an account that no other may have. Names of a deleted one are free."""
    names = UNIQUE_MEMBERS if columns["deleted_at"] is None else ()
    return [make_key(name, columns) for name in ("id", *names) if columns[name]]


def make_key(name: str, columns: Mapping[Any, Any]) -> Key:
    source = (columns["external_source"],) if name == "external_id" else ()
    return (name, *source, columns[name])


def _list_identities(account: Account) -> Iterator[Key]:
    """Return the keys of a row in the order in which they identify its account."""
    names = ("external_id", "email_key", "username_key")
    yield ("id", account.id)
    if account.columns["deleted_at"] is None:
        yield from (make_key(name, account.columns) for name in names if account.columns[name])


def _make_conditions(accounts: list[Account]) -> Iterator[ColumnElement[bool]]:
    """Yield a condition for each kind of name. Each of them has an index."""
    external: defaultdict[str, list[str]] = defaultdict(list)
    for account in accounts:
        if account.columns["external_id"]:
            external[account.columns["external_source"]].append(account.columns["external_id"])
    for source, ids in external.items():
        yield and_(User.external_source == source, User.external_id.in_(ids), NOT_DELETED)
    for column in (User.username_key, User.email_key):
        keys = [account.columns[column.key] for account in accounts if account.columns[column.key]]
        if keys:
            yield and_(column.in_(keys), NOT_DELETED)
