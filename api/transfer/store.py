"""Inserting accounts in bulk; the database's unique indexes decide who has a name."""

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
from api.users.errors import EmailTaken, UsernameTaken
from api.users.filters import NOT_DELETED
from api.users.models import Profile, PurgedUser, User

MAX_TRIES = 3  # while other transactions insert the same names
UNIQUE: dict[str, tuple[str, type[ApiError]]] = {
    "username_key": ("/username", UsernameTaken),
    "email_key": ("/email", EmailTaken),
}
PROFILE = [getattr(User, name) for name in Profile._fields]
REPLAN = text("SET LOCAL plan_cache_mode = force_custom_plan")
INSERT_USERS = insert(User.__table__)  # type: ignore[arg-type]
INSERT_ROLES = insert(UserRole.__table__)  # type: ignore[arg-type]
SELECT_HOLDERS = select(*PROFILE, *(getattr(User, name) for name in UNIQUE))

ID_TAKEN = ValidationError(
    "/id", "id_taken", "belongs to an account, perhaps with other members, or to a purged one"
)
BUSY = ValidationError("", "taken", "is being imported by another request; send it again")


@dataclass(frozen=True)
class Outcomes:
    """What happened to accounts, by line."""

    created: dict[int, UUID] = field(default_factory=dict)
    unchanged: dict[int, UUID] = field(default_factory=dict)
    rejected: dict[int, list[ValidationError]] = field(default_factory=dict)


@dataclass(frozen=True)
class Holders:
    """The accounts that hold an id or a name of some rows."""

    profiles: dict[UUID, Profile]
    claims: set[str]


def insert_accounts(accounts: Sequence[Account], *, may_read: bool) -> Outcomes:
    """Insert the accounts whose id and names are free, in the current transaction.

    Another transaction may take a name between the query and the insert; such a row is looked up
    again. A caller who may not read accounts learns of a row only that its id is taken, not
    whether its other members are those of the account.
    """
    outcomes, waiting = Outcomes(), list(accounts)
    _replan()
    for _ in range(MAX_TRIES):
        free = _select_free(waiting, outcomes, may_read=may_read)
        if not free:
            return outcomes
        waiting = _insert(free)
        late = {account.line for account in waiting}
        outcomes.created.update(
            {account.line: account.id for account in free if account.line not in late}
        )
    outcomes.rejected.update({account.line: [BUSY] for account in waiting})
    return outcomes


def _replan() -> None:
    """Make PostgreSQL plan each query for the table as it is now.

    A plan that was made when the table was empty scans all of it when it has a million rows.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(REPLAN)


def _list_claims(columns: Mapping[Any, Any]) -> list[str]:
    """Return the unique values of an account; a deleted one holds no names."""
    names = UNIQUE if columns["deleted_at"] is None else ()
    return [f"{name}:{columns[name]}" for name in ("id", *names)]


def _select_free(
    accounts: Iterable[Account], outcomes: Outcomes, *, may_read: bool
) -> list[Account]:
    """Return the accounts that can be inserted, and record what happened to the others."""
    holders = _find_holders(list(accounts))
    claimed_here: set[str] = set()
    free = []
    for account in accounts:
        profile = holders.profiles.get(account.id)
        if may_read and profile is not None and account.is_same_as(profile):
            outcomes.unchanged[account.line] = account.id
            continue
        claims = _list_claims(account.columns)
        taken = {claim for claim in claims if claim in holders.claims or claim in claimed_here}
        if taken:
            outcomes.rejected[account.line] = _list_errors(account, taken, may_read=may_read)
            continue
        claimed_here.update(claims)
        free.append(account)
    return free


def _find_holders(accounts: list[Account]) -> Holders:
    has_id = User.id.in_([account.id for account in accounts])
    has_name = (
        and_(getattr(User, name).in_([account.columns[name] for account in accounts]), NOT_DELETED)
        for name in UNIQUE
    )
    found = db.session.execute(SELECT_HOLDERS.where(or_(has_id, *has_name))).mappings().all()
    claims = {claim for row in found for claim in _list_claims(row)}
    ids = [account.id for account in accounts]
    purged = db.session.scalars(select(PurgedUser.id).where(PurgedUser.id.in_(ids)))
    claims |= {f"id:{purged_id}" for purged_id in purged}
    profiles = {row["id"]: Profile(*(row[name] for name in Profile._fields)) for row in found}
    return Holders(profiles, claims)


def _list_errors(account: Account, taken: set[str], *, may_read: bool) -> list[ValidationError]:
    errors = [ID_TAKEN] if f"id:{account.id}" in taken else []
    if errors and not may_read:
        return errors
    for name, (pointer, api_error) in UNIQUE.items():
        if f"{name}:{account.columns[name]}" in taken:
            message = "is taken, perhaps by an earlier line"
            errors.append(ValidationError(pointer, api_error.code, message))
    return errors


def _insert(accounts: list[Account]) -> list[Account]:
    """Insert accounts, and return those whose names another transaction has taken meanwhile."""
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
