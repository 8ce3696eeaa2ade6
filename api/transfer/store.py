"""Writing accounts in batches: what is free is written, and what is taken costs nothing else."""

import sqlite3
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, insert, or_, select, text
from sqlalchemy.exc import IntegrityError

from api.core.database import db
from api.core.errors import ApiError, ValidationError
from api.roles.models import UserRole
from api.transfer.rows import Account
from api.users.errors import EmailTaken, UsernameTaken
from api.users.models import Profile, User
from api.users.search import LIVING

TRIES = 3  # while others write the same
UNIQUE: dict[str, tuple[str, type[ApiError]]] = {
    "username_key": ("/username", UsernameTaken),
    "email_key": ("/email", EmailTaken),
}
KEPT = [getattr(User, name) for name in Profile._fields]
PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
WRITE = insert(User.__table__)  # type: ignore[arg-type]
GRANT = insert(UserRole.__table__)  # type: ignore[arg-type]
IN_THE_WAY = select(*KEPT, *(getattr(User, name) for name in UNIQUE))

ID_TAKEN = ValidationError(
    "/id", "id_taken", "belongs to another account, or to this one as it is by now"
)
WRITTEN_BY_OTHERS = ValidationError("", "taken", "is being written by somebody else; send it again")


class Written(NamedTuple):
    """What became of a batch, by line; None stands for an account that was there already."""

    created: dict[int, UUID]
    unchanged: dict[int, UUID]
    refused: dict[int, list[ValidationError]]


def write(accounts: Sequence[Account], claimed: Container[str] = ()) -> Written:
    """Write the accounts whose id and names are free, in the current transaction.

    ``claimed`` are further names that are not free. Somebody may take a name between the question
    and the answer; the row that lost is asked about again.
    """
    written, waiting = Written({}, {}, {}), accounts
    _plan_anew()
    for _ in range(TRIES):
        free = _free(waiting, claimed, written)
        if not free:
            return written
        waiting = _insert(free)
        late = {account.line for account in waiting}
        written.created.update({one.line: _id(one) for one in free if one.line not in late})
    written.refused.update({one.line: [WRITTEN_BY_OTHERS] for one in waiting})
    return written


def _plan_anew() -> None:
    """Let PostgreSQL look at the table as it is by now.

    A plan that was kept while it was empty reads all of it, when it holds a million.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(PLAN_ANEW)


def claims(account: Account) -> list[str]:
    """Return what only one account can have, each as a text of its own."""
    return _claims(account.columns)


def _claims(columns: Mapping[Any, Any]) -> list[str]:
    """Return them; who has been deleted no longer needs the names."""
    names = UNIQUE if columns["deleted_at"] is None else ()
    return [f"{name}:{columns[name]}" for name in ("id", *names)]


def _free(accounts: Iterable[Account], claimed: Container[str], written: Written) -> list[Account]:
    """Return those that nothing stands in the way of; tell of the others why."""
    kept, holders = _in_the_way(list(accounts))
    taken_here: set[str] = set()
    free = []
    for account in accounts:
        same = kept.get(_id(account))
        if same is not None and account.same_as(same):
            written.unchanged[account.line] = same.id
            continue
        mine = claims(account)
        held = {
            claim for claim in mine if claim in holders or claim in taken_here or claim in claimed
        }
        if held:
            written.refused[account.line] = _findings(account, held)
            continue
        taken_here.update(mine)
        free.append(account)
    return free


def _in_the_way(accounts: list[Account]) -> tuple[dict[UUID, Profile], set[str]]:
    ids = User.id.in_(map(_id, accounts))
    names = (
        and_(getattr(User, name).in_([account.columns[name] for account in accounts]), LIVING)
        for name in UNIQUE
    )
    found = db.session.execute(IN_THE_WAY.where(or_(ids, *names))).all()
    holders = {claim for row in found for claim in _claims(row._mapping)}  # noqa: SLF001  its public name
    return {row.id: Profile(*row[: len(KEPT)]) for row in found}, holders


def _findings(account: Account, held: set[str]) -> list[ValidationError]:
    findings = [ID_TAKEN] if f"id:{_id(account)}" in held else []
    for name, (pointer, api_error) in UNIQUE.items():
        if f"{name}:{account.columns[name]}" in held:
            findings.append(
                ValidationError(pointer, api_error.code, "is taken, perhaps by an earlier line")
            )
    return findings


def _insert(accounts: list[Account]) -> list[Account]:
    """Write them, and return those that somebody else came before with; the others stand."""
    try:
        with db.session.begin_nested():
            connection = db.session.connection()
            connection.execute(WRITE, [account.columns for account in accounts])
            if granted := [role for account in accounts for role in _granted(account)]:
                connection.execute(GRANT, granted)
    except IntegrityError:
        middle = len(accounts) // 2
        if not middle:
            return accounts
        return _insert(accounts[:middle]) + _insert(accounts[middle:])
    return []


def _granted(account: Account) -> list[dict[str, Any]]:
    return [{"user_id": _id(account), "role": role} for role in account.roles]


def _id(account: Account) -> UUID:
    made: UUID = account.columns["id"]
    return made


class Nothing:
    """What a run remembers that writes its rows: the table knows who has what."""

    def __contains__(self, claim: object) -> bool:
        return False

    def update(self, claims: Iterable[str]) -> None:
        pass

    def close(self) -> None:
        pass


class Ledger:
    """Claims by the million, on disk: a dry run leaves no row that would tell of them."""

    def __init__(self) -> None:
        self.book = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self.book.execute("CREATE TABLE claims (claim TEXT PRIMARY KEY) WITHOUT ROWID")
        self.book.execute("BEGIN")

    def __contains__(self, claim: object) -> bool:
        found = self.book.execute("SELECT 1 FROM claims WHERE claim = ?", [claim])
        return found.fetchone() is not None

    def update(self, claims: Iterable[str]) -> None:
        self.book.executemany("INSERT OR IGNORE INTO claims VALUES (?)", ([one] for one in claims))

    def close(self) -> None:
        self.book.close()
