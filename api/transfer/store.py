"""Inserting accounts in bulk. The unique indexes of the database decide which names are free."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import and_, insert, or_, select, text
from sqlalchemy.exc import IntegrityError

from api.core.database import db
from api.core.errors import ApiError, ValidationError
from api.roles.models import UserRole
from api.transfer.rows import Account
from api.users.errors import EmailTaken, ExternalIdTaken, UsernameTaken
from api.users.filters import NOT_DELETED
from api.users.models import PROFILE_COLUMNS, Profile, PurgedUser, User

MAX_TRIES = 3  # while other transactions insert the same names
UNIQUE_COLUMNS: dict[str, tuple[str, type[ApiError]]] = {
    "username_key": ("/username", UsernameTaken),
    "email_key": ("/email", EmailTaken),
    "external_id": ("/external_id", ExternalIdTaken),
}
DISABLE_CACHED_PLANS = text("SET LOCAL plan_cache_mode = force_custom_plan")
INSERT_USERS = insert(User.__table__)  # type: ignore[arg-type]
INSERT_ROLES = insert(UserRole.__table__)  # type: ignore[arg-type]
SELECT_ACCOUNTS = select(*PROFILE_COLUMNS, User.username_key, User.email_key)

ID_TAKEN = ValidationError(
    "/id", "id_taken", "belongs to another account, to one with other members, or to a purged one"
)
BUSY = ValidationError("", "taken", "is being imported by another request; send the row again")


@dataclass(frozen=True)
class Outcomes:
    """What happened to the accounts, by line number."""

    created: dict[int, UUID] = field(default_factory=dict)
    unchanged: dict[int, UUID] = field(default_factory=dict)
    rejected: dict[int, list[ValidationError]] = field(default_factory=dict)


@dataclass(frozen=True)
class ExistingAccounts:
    """The existing accounts with an id or a name of some rows.

    ``values`` are their unique values, as ``_list_unique_values`` returns them.
    """

    profiles: dict[UUID, Profile]
    values: set[str]


def insert_accounts(accounts: Sequence[Account], *, may_read: bool) -> Outcomes:
    """Insert the accounts whose id and names are free, in the current transaction.

    Another transaction may insert a name between the query and the insert. Then the query is
    repeated for that row. If the caller may not read accounts, the outcome of a row reveals only
    that its id is taken, not whether its other members are those of the account.
    """
    outcomes, pending = Outcomes(), list(accounts)
    _disable_cached_plans()
    for _ in range(MAX_TRIES):
        free = _select_free(pending, outcomes, may_read=may_read)
        if not free:
            return outcomes
        pending = _insert(free)
        conflicting = {account.line for account in pending}
        outcomes.created.update(
            {account.line: account.id for account in free if account.line not in conflicting}
        )
    outcomes.rejected.update({account.line: [BUSY] for account in pending})
    return outcomes


def _disable_cached_plans() -> None:
    """Make PostgreSQL plan each query for the table as it is now.

    A plan that was made for an empty table scans the whole table when it has a million rows.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(DISABLE_CACHED_PLANS)


def _list_unique_values(columns: Mapping[Any, Any]) -> list[str]:
    """Return the unique values of an account. The names of a deleted account are free."""
    names = UNIQUE_COLUMNS if columns["deleted_at"] is None else ()
    return [_make_value(name, columns) for name in ("id", *names) if columns[name]]


def _make_value(name: str, columns: Mapping[Any, Any]) -> str:
    source = f"{columns['external_source']}:" if name == "external_id" else ""
    return f"{name}:{source}{columns[name]}"


def _select_free(
    accounts: Iterable[Account], outcomes: Outcomes, *, may_read: bool
) -> list[Account]:
    """Return the accounts that can be inserted, and record what happened to the others."""
    existing = _find_existing(list(accounts))
    values_of_free: set[str] = set()
    free = []
    for account in accounts:
        profile = existing.profiles.get(account.id)
        if may_read and profile is not None and account.is_same_as(profile):
            outcomes.unchanged[account.line] = account.id
            continue
        values = _list_unique_values(account.columns)
        taken = {value for value in values if value in existing.values or value in values_of_free}
        if taken:
            outcomes.rejected[account.line] = _list_errors(account, taken, may_read=may_read)
            continue
        values_of_free.update(values)
        free.append(account)
    return free


def _find_existing(accounts: list[Account]) -> ExistingAccounts:
    has_id = User.id.in_([account.id for account in accounts])
    has_name = (
        and_(getattr(User, name).in_(names), NOT_DELETED)
        for name in UNIQUE_COLUMNS
        if (names := [account.columns[name] for account in accounts if account.columns[name]])
    )
    found = db.session.execute(SELECT_ACCOUNTS.where(or_(has_id, *has_name))).mappings().all()
    values = {value for row in found for value in _list_unique_values(row)}
    ids = [account.id for account in accounts]
    purged = db.session.scalars(select(PurgedUser.id).where(PurgedUser.id.in_(ids)))
    values |= {f"id:{purged_id}" for purged_id in purged}
    profiles = {row["id"]: Profile(*(row[name] for name in Profile._fields)) for row in found}
    return ExistingAccounts(profiles, values)


def _list_errors(account: Account, taken: set[str], *, may_read: bool) -> list[ValidationError]:
    errors = [ID_TAKEN] if _make_value("id", account.columns) in taken else []
    if errors and not may_read:
        return errors
    for name, (pointer, api_error) in UNIQUE_COLUMNS.items():
        if _make_value(name, account.columns) in taken:
            message = "is taken, perhaps by an earlier row"
            errors.append(ValidationError(pointer, api_error.code, message))
    return errors


def _insert(accounts: list[Account]) -> list[Account]:
    """Insert accounts, and return those whose names another transaction has inserted meanwhile."""
    try:
        with db.session.begin_nested():
            connection = db.session.connection()
            connection.execute(INSERT_USERS, [account.columns for account in accounts])
            if roles := [role for account in accounts for role in _make_roles(account)]:
                connection.execute(INSERT_ROLES, roles)
    except IntegrityError:
        middle = len(accounts) // 2
        if not middle:
            return accounts
        return _insert(accounts[:middle]) + _insert(accounts[middle:])
    return []


def _make_roles(account: Account) -> list[dict[str, Any]]:
    return [{"user_id": account.id, "role": role} for role in account.roles]
