"""Importing and exporting accounts. Unlike elsewhere each batch is a transaction of its own.

A file of a million accounts would hold its locks for minutes, and one bad row would undo it all.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import select

from api.config import settings
from api.core.database import autocommit, db, in_transaction
from api.core.errors import InvalidRequest, ValidationError
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import OPERATOR, Principal
from api.sessions.authentication import refresh_principal
from api.transfer import formats, rows, store
from api.transfer.formats import Format, Row
from api.transfer.grants import Grants
from api.transfer.rows import Account
from api.transfer.store import Written
from api.users.models import Profile, User
from api.users.search import conditions

BATCH = 500  # rows
BATCH_OCTETS = 2 * 1024 * 1024
PAGE = 1000

Refused = dict[int, list[ValidationError]]

PROFILE = [getattr(User, name) for name in Profile._fields]


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class RowResult(NamedTuple):
    """What became of the row that begins at this line."""

    line: int
    outcome: Outcome
    id: UUID | None = None
    findings: tuple[ValidationError, ...] = ()


@dataclass(frozen=True)
class Summary:
    """What became of all rows."""

    created: int
    unchanged: int
    refused: int
    dry_run: bool


def import_users(
    source: Iterable[bytes],
    *,
    format: Format,  # noqa: A002  as everybody calls it
    by: Principal | None,
    dry_run: bool = False,
    most: int | None = None,
) -> Iterator[RowResult | Summary]:
    """Take in accounts, and tell of each row in its order what became of it; then of all.

    ``source`` may be cut anywhere. ``by`` is None for the operator, who may do everything. After
    ``most`` rows the next is refused and no more are read.

    Raises:
        PermissionDenied: at once, without users:import.
        Invalid: at once, where a CSV does not begin with a header of columns that are known.
    """
    if by is not None:
        by.require(Permission.USERS_IMPORT)
    return _imported(formats.rows(source, format), Run(by, dry_run=dry_run), most)


def _imported(read: Iterator[Row], run: "Run", most: int | None) -> Iterator[RowResult | Summary]:
    counts: Counter[Outcome] = Counter()
    try:
        for results in _batches(read, run, most):
            counts.update(result.outcome for result in results)
            yield from results
    finally:
        run.close()
    yield Summary(**{outcome.value: counts[outcome] for outcome in Outcome}, dry_run=run.dry_run)


def _batches(read: Iterator[Row], run: "Run", most: int | None) -> Iterator[list[RowResult]]:
    for batch in _cut(islice(read, most)):
        yield run.import_batch(batch)
    if most is not None and (beyond := next(read, None)):
        told = ValidationError("", "too_many_rows", f"is more than the {most} rows taken at once")
        yield [RowResult(beyond.line, Outcome.REFUSED, None, (told,))]


def _cut(read: Iterator[Row]) -> Iterator[list[Row]]:
    """Cut rows into batches that are neither long nor large: a short text can be many objects."""
    batch: list[Row] = []
    for row in read:
        batch.append(row)
        if len(batch) == BATCH or sum(row.size for row in batch) >= BATCH_OCTETS:
            yield batch
            batch = []
    if batch:
        yield batch


class Run:
    """An import that is under way."""

    def __init__(self, by: Principal | None, *, dry_run: bool) -> None:
        self.by = by
        self.dry_run = dry_run
        self.claimed = store.Ledger() if dry_run else store.Nothing()

    def import_batch(self, batch: list[Row]) -> list[RowResult]:
        """Write those of a batch that can be, all in one transaction.

        Raises:
            DatabaseUnavailable: the batches before stand.
        """
        accounts, refused = _sorted(rows.account, batch)
        written = in_transaction(lambda: self._write(accounts, refused))
        self.claimed.update(
            claim
            for account in accounts
            if account.line in written.created
            for claim in store.claims(account)
        )
        return [_result(row.line, written) for row in batch]

    def _write(self, accounts: list[Account], refused: Refused) -> Written:
        if self.by is not None:  # it may go on for an hour, in which much can happen
            self.by = refresh_principal(self.by)
            self.by.require(Permission.USERS_IMPORT)
        held = Grants(accounts, self.by)
        permitted, unheld = _sorted(held.checked, accounts)
        written = store.write(permitted, self.claimed)
        written.refused.update(refused | unheld)
        if self.dry_run:
            db.session.rollback()
        self._record(written, permitted)
        return written

    def _record(self, written: Written, accounts: list[Account]) -> None:
        by = self.by or OPERATOR
        counts = {name: len(lines) for name, lines in written._asdict().items()}
        emit(Event.USERS_IMPORTED, subject=None, by=by, **counts, dry_run=self.dry_run)
        if self.dry_run:
            return
        for account in accounts:
            for role in account.roles:
                if account.line in written.created:
                    emit(
                        Event.ROLE_GRANTED, subject=written.created[account.line], by=by, role=role
                    )

    def close(self) -> None:
        self.claimed.close()


def _sorted(look: Callable[[Any], Account], given: Iterable[Any]) -> tuple[list[Account], Refused]:
    """Look at each, and return those that pass, and what is wrong with the others."""
    passed: list[Account] = []
    refused: Refused = {}
    for one in given:
        try:
            passed.append(look(one))
        except InvalidRequest as api_error:
            refused[one.line] = api_error.members["errors"]
    return passed, refused


def _result(line: int, written: Written) -> RowResult:
    if line in written.refused:
        return RowResult(line, Outcome.REFUSED, None, tuple(written.refused[line]))
    if line in written.created:
        return RowResult(line, Outcome.CREATED, written.created[line])
    return RowResult(line, Outcome.UNCHANGED, written.unchanged[line])


def told(result: RowResult | Summary) -> bytes:
    """Return a line of NDJSON that tells of a row, or of all of them."""
    members = result._asdict() if isinstance(result, RowResult) else asdict(result)
    return orjson.dumps(members, option=orjson.OPT_APPEND_NEWLINE)


def export_users(
    query: dict[str, Any], *, by: Principal | None, hashes: bool = False
) -> Iterator[bytes]:
    """Hand out the accounts that match all of the query, as NDJSON that an import takes back.

    It goes by the id, which never changes: every account that is there throughout is in it once.
    ``by`` is None for the operator.

    Raises:
        PermissionDenied: at once, without users:export, or for hashes users:hashes.
        StepUpRequired: at once, for hashes, where the password was given too long ago.
    """
    if by is not None:
        _may_export(by, hashes=hashes)
    if by is not None and hashes:
        by.require_recent_authentication(max_age_seconds=settings().step_up_seconds)
    principal = by or OPERATOR
    in_transaction(lambda: emit(Event.USERS_EXPORTED, subject=None, by=principal, hashes=hashes))
    return _pages(query, by=by, hashes=hashes)


def _may_export(by: Principal, *, hashes: bool) -> None:
    by.require(Permission.USERS_EXPORT)
    if hashes:
        by.require(Permission.USERS_HASHES)


def _pages(query: dict[str, Any], *, by: Principal | None, hashes: bool) -> Iterator[bytes]:
    columns = [*PROFILE, User.password_hash] if hashes else PROFILE
    page = select(*columns).where(*conditions(query)).order_by(User.id).limit(PAGE)
    after = page
    while True:
        with autocommit() as connection:
            found = connection.execute(after).all()
        if not found:
            return
        if by is not None:  # much can happen while somebody reads slowly
            _may_export(refresh_principal(by), hashes=hashes)
        yield b"".join(map(_line, found))
        after = page.where(User.id > found[-1].id)


def _line(found: Any) -> bytes:
    width = len(PROFILE)
    members = rows.exported(Profile(*found[:width]), *found[width:])
    return orjson.dumps(members, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
