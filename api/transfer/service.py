"""Import a chunk of accounts, or export a page of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from api.config import settings
from api.core.database import db
from api.core.errors import InvalidRequest, ValidationError
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import Principal
from api.transfer import formats, rows, store
from api.transfer.formats import Format, Row
from api.transfer.role_assignments import AssignableRoles
from api.transfer.rows import Account
from api.transfer.store import Outcomes

BATCH_ROWS = 500
MAX_BATCH_BYTES = 2 * 1024 * 1024  # a row of few bytes can be many objects
MAX_ROW_ERRORS = 10  # so that the result is not much larger than the body

Errors = dict[int, list[ValidationError]]
Given = TypeVar("Given", Row, Account)


class Outcome(StrEnum):
    """What happened to a row."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True)
class RowResult:
    """What happened to the row that begins at this line, if no account was created."""

    line: int
    outcome: Outcome
    id: UUID | None = None
    errors: list[ValidationError] | None = None


@dataclass(frozen=True)
class ImportResult:
    """What happened to the rows of a chunk; ``rows`` are those that were not created."""

    created: int
    unchanged: int
    rejected: int
    dry_run: bool
    rows: list[RowResult]


def import_users(
    body: bytes,
    *,
    format: Format,  # noqa: A002  its name on the command line
    by: Principal,
    dry_run: bool = False,
) -> ImportResult:
    """Import the rows of a chunk; a row that is rejected does not prevent the others.

    Raises:
        InvalidRequest: the header of a CSV has an unknown, a repeated or no required column.
        TooManyRows: more than IMPORT_MAX_ROWS; nothing is imported.
    """
    read = formats.read_rows(body, format, max_rows=settings().import_max_rows)
    if dry_run:
        with db.session.begin_nested() as savepoint:
            outcomes = _import_batches(read, by, dry_run=True)
            savepoint.rollback()
    else:
        outcomes = _import_batches(read, by, dry_run=False)
    result = _make_result(outcomes, dry_run=dry_run)
    counts = {name: getattr(result, name) for name in ("created", "unchanged", "rejected")}
    emit(Event.USERS_IMPORTED, subject=None, by=by, **counts, dry_run=dry_run)
    return result


def _import_batches(read: Iterator[Row], by: Principal, *, dry_run: bool) -> Outcomes:
    outcomes = Outcomes()
    for batch in _split_batches(read):
        accounts, rejected = _separate(rows.make_account, batch)
        permitted, unassignable = _separate(
            AssignableRoles(accounts, by=by).require_assignable, accounts
        )
        written = store.insert_accounts(permitted, may_read=Permission.USERS_READ in by.permissions)
        if not dry_run:
            _record_created(permitted, written, by)
        outcomes.created.update(written.created)
        outcomes.unchanged.update(written.unchanged)
        outcomes.rejected.update(rejected | unassignable | written.rejected)
    return outcomes


def _split_batches(read: Iterator[Row]) -> Iterator[list[Row]]:
    """Cut rows into batches that are limited in number and in bytes."""
    batch: list[Row] = []
    size = 0
    for row in read:
        batch.append(row)
        size += row.size
        if len(batch) == BATCH_ROWS or size >= MAX_BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _separate(
    check: Callable[[Given], Account], given: Iterable[Given]
) -> tuple[list[Account], Errors]:
    """Return what passes the check, and the errors of the rest by line."""
    passed: list[Account] = []
    errors: Errors = {}
    for one in given:
        try:
            passed.append(check(one))
        except InvalidRequest as error:
            errors[one.line] = error.members["errors"][:MAX_ROW_ERRORS]
    return passed, errors


def _record_created(accounts: list[Account], written: Outcomes, by: Principal) -> None:
    for account in accounts:
        if account.line in written.created:
            emit(Event.USER_CREATED, subject=account.id, by=by)
            for role in account.roles:
                emit(Event.ROLE_GRANTED, subject=account.id, by=by, role=role)


def _make_result(outcomes: Outcomes, *, dry_run: bool) -> ImportResult:
    not_created = [
        *(
            RowResult(line, Outcome.UNCHANGED, id=its_id)
            for line, its_id in outcomes.unchanged.items()
        ),
        *(
            RowResult(line, Outcome.REJECTED, errors=list(errors))
            for line, errors in outcomes.rejected.items()
        ),
    ]
    return ImportResult(
        created=len(outcomes.created),
        unchanged=len(outcomes.unchanged),
        rejected=len(outcomes.rejected),
        dry_run=dry_run,
        rows=sorted(not_created, key=lambda row: row.line),
    )
