"""Writing accounts in bulk. The unique indexes of the database decide which names are free."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from api.core.database import db
from api.core.errors import ValidationError
from api.core.permissions import Permission
from api.core.principal import Principal
from api.core.validation_rules import ValidationRule
from api.roles.models import UserRole
from api.transfer.comparison import compare_accounts
from api.transfer.matching import (
    UNIQUE_MEMBERS,
    ExistingAccounts,
    Key,
    Match,
    find_existing,
    list_keys,
    make_key,
)
from api.transfer.outcomes import OnConflict, Outcomes
from api.transfer.rows import Account
from api.users.models import User

MAX_TRIES = 3  # while other transactions insert the same names
TAKEN_RULES = {
    "username_key": ValidationRule.USERNAME_TAKEN,
    "email_key": ValidationRule.EMAIL_TAKEN,
    "external_id": ValidationRule.EXTERNAL_ID_TAKEN,
}
DISABLE_CACHED_PLANS = text("SET LOCAL plan_cache_mode = force_custom_plan")
INSERT_USERS = insert(User.__table__)  # type: ignore[arg-type]
INSERT_ROLES = insert(UserRole.__table__)  # type: ignore[arg-type]

ID_TAKEN = ValidationError(
    "/id",
    ValidationRule.ID_TAKEN,
    "belongs to another account, to one with other members, to a purged one, or to a service "
    "account",
)
NO_ACCOUNT = ValidationError(
    "",
    ValidationRule.NO_ACCOUNT,
    "has no account that the row could update; import the user first",
)
BUSY = ValidationError(
    "", ValidationRule.TAKEN, "is being imported by another request; send the row again"
)


def write_accounts(
    accounts: Sequence[Account], *, by: Principal, on_conflict: OnConflict, done: set[UUID]
) -> Outcomes:
    """Insert the accounts that do not exist, and compare or update the others.

    ``done`` has the ids of the accounts of earlier rows, which later rows do not update. Those of
    these rows are added.

    Another transaction may insert a name between the query and the insert. Then the query is
    repeated for that row. If the caller may not read accounts, the outcome of a row reveals only
    that a name is taken, or that its id is, not whether its other members are those of the account.
    """
    outcomes, pending = Outcomes(), list(accounts)
    _disable_cached_plans()
    for _ in range(MAX_TRIES):
        pending = _try_to_write(pending, outcomes, done, by=by, on_conflict=on_conflict)
        if not pending:
            return outcomes
    outcomes.rejected.update({account.place: [BUSY] for account in pending})
    return outcomes


def _try_to_write(
    pending: list[Account],
    outcomes: Outcomes,
    done: set[UUID],
    *,
    by: Principal,
    on_conflict: OnConflict,
) -> list[Account]:
    """Write accounts, record their outcomes, and return those that have to be tried again."""
    existing = find_existing(pending)
    may_read = Permission.USERS_READ in by.permissions
    stale: list[Account] = []
    if may_read:
        matched, pending = _separate_matched(pending, existing)
        stale = compare_accounts(matched, outcomes, done, by=by, update=on_conflict.updates)
    if on_conflict is OnConflict.UPDATE_ONLY:
        outcomes.rejected.update({account.place: [NO_ACCOUNT] for account in pending})
        pending = []
    free, later = _select_free(pending, existing, outcomes, may_read=may_read)
    conflicting = _insert_free(free, outcomes, done)
    return sorted([*conflicting, *later, *stale], key=lambda account: account.place)


def _insert_free(free: list[Account], outcomes: Outcomes, done: set[UUID]) -> list[Account]:
    """Insert accounts, record them, and return those whose names another transaction inserted."""
    conflicting = _insert(free) if free else []
    places = {account.place for account in conflicting}
    created = {account.place: account.id for account in free if account.place not in places}
    outcomes.created.update(created)
    done.update(created.values())
    return conflicting


def _disable_cached_plans() -> None:
    """Make PostgreSQL plan each query for the table as it is now.

    A plan that was made for an empty table scans the whole table when it has a million rows.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(DISABLE_CACHED_PLANS)


def _separate_matched(
    accounts: Iterable[Account], existing: ExistingAccounts
) -> tuple[list[tuple[Account, Match]], list[Account]]:
    """Return the rows about existing accounts with those accounts, and the other rows."""
    matched, others = [], []
    for account in accounts:
        if (match := existing.match(account)) is None:
            others.append(account)
        else:
            matched.append((account, match))
    return matched, others


def _select_free(
    accounts: Iterable[Account],
    existing: ExistingAccounts,
    outcomes: Outcomes,
    *,
    may_read: bool,
) -> tuple[list[Account], list[Account]]:
    """Return the rows that can be inserted, and those that have a name of one of these.

    Rows with a name of an existing account are rejected.
    """
    claimed: set[Key] = set()
    free, later = [], []
    for account in accounts:
        keys = list_keys(account.columns)
        if taken := existing.find_taken(account):
            outcomes.rejected[account.place] = _list_errors(account, taken, may_read=may_read)
        elif claimed.isdisjoint(keys):
            claimed.update(keys)
            free.append(account)
        else:
            later.append(account)
    return free, later


def _list_errors(account: Account, taken: set[Key], *, may_read: bool) -> list[ValidationError]:
    errors = [ID_TAKEN] if make_key("id", account.columns) in taken else []
    if errors and not may_read:
        return errors
    for name, member in UNIQUE_MEMBERS.items():
        if make_key(name, account.columns) in taken:
            message = "is taken, perhaps by an earlier row"
            errors.append(ValidationError(f"/{member}", TAKEN_RULES[name], message))
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
