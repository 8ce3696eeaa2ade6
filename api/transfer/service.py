"""Importing a chunk of accounts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import TypeVar
from uuid import UUID

from api.core.database import db
from api.core.errors import InvalidRequest, ValidationError
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import Principal
from api.core.runtime import current_settings
from api.transfer import formats, rows, store
from api.transfer.assignable_roles import AssignableRoles
from api.transfer.formats import Format, RowFile
from api.transfer.hash_notes import HashNotes
from api.transfer.outcomes import OnConflict, Outcome, Outcomes
from api.transfer.row import Place, Row
from api.transfer.rows import Account

BATCH_ROWS = 500
MAX_UPDATE_ROWS = BATCH_ROWS  # in one request: an account is locked until all of them are updated
MAX_BATCH_BYTES = 2 * 1024 * 1024  # of text; its objects take far more memory
MAX_ROW_ERRORS = 10  # so that the result is not much larger than the body

COUNTS = ("created", "updated", "unchanged", "conflicts", "rejected")

Errors = dict[Place, list[ValidationError]]
Given = TypeVar("Given", Row, Account)


@dataclass(frozen=True)
class RowResult:
    """The outcome of a row for which no account was created: its number, and its line."""

    line: int
    outcome: Outcome
    id: UUID | None = None
    errors: list[ValidationError] | None = None
    record: int = 0


@dataclass(frozen=True)
class ImportResult:
    """The outcome of a chunk. ``rows`` are those for which no account was created.

    ``without_password`` counts the created accounts that have none, and ``without_login`` all
    created accounts whose users cannot log in.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    conflicts: int = 0
    rejected: int = 0
    without_password: int = 0
    without_login: int = 0
    dry_run: bool = False
    warnings: tuple[str, ...] = ()
    rows: list[RowResult] = field(default_factory=list)


def import_users(
    body: bytes,
    *,
    format: Format,  # noqa: A002  its name on the command line
    by: Principal,
    dry_run: bool = False,
    on_conflict: OnConflict = OnConflict.REPORT,
) -> ImportResult:
    """Import the rows of a chunk. A row that is rejected does not prevent the others.

    Raises:
        PermissionDenied: the caller may not read or change accounts, but conflicts are updated.
        StepUpRequired: a password hash would be replaced, and the caller's password was verified
            too long ago. Nothing is imported.
        InvalidRequest: the CSV header has an unknown or a repeated column, or lacks a required one.
        TooManyRows: the chunk has more than IMPORT_MAX_ROWS rows, or more than MAX_UPDATE_ROWS
            while conflicts are updated. Nothing is imported.
    """
    max_rows = current_settings().import_max_rows
    if on_conflict.updates:
        by.require_all({Permission.USERS_READ, Permission.USERS_WRITE})
        max_rows = min(max_rows, MAX_UPDATE_ROWS)
    file = _read_chunk(body, format, max_rows)
    notes = HashNotes(list(file.warnings))
    if dry_run:
        with db.session.begin_nested() as savepoint:
            outcomes = _import_batches(file.rows, notes, by, on_conflict)
            savepoint.rollback()
    else:
        outcomes = _import_batches(file.rows, notes, by, on_conflict)
    result = _make_result(outcomes, notes, dry_run=dry_run)
    counts = {name: getattr(result, name) for name in COUNTS}
    emit(Event.USERS_IMPORTED, subject=None, by=by, **counts, dry_run=dry_run)
    return result


def _read_chunk(body: bytes, format: Format, max_rows: int) -> RowFile:  # noqa: A002  as above
    """Read a chunk to its end, and return its rows again from the first.

    So a chunk with too many rows, or with a damaged end, is rejected before an account is written.
    """
    for _ in formats.read_rows(BytesIO(body), format, max_rows=max_rows).rows:
        pass
    return formats.read_rows(BytesIO(body), format, max_rows=max_rows)


def _import_batches(
    rows_read: Iterator[Row], notes: HashNotes, by: Principal, on_conflict: OnConflict
) -> Outcomes:
    outcomes, done = Outcomes(), set[UUID]()
    for batch in _split_batches(rows_read):
        accounts, rejected = _separate(rows.make_account, batch)
        permitted, unassignable = _separate(
            AssignableRoles(accounts, by=by).require_assignable, accounts
        )
        written = store.write_accounts(permitted, by=by, on_conflict=on_conflict, done=done)
        _record_created(permitted, written, by)
        notes.add(permitted, written, by=by)
        outcomes.add(written)
        outcomes.rejected.update(rejected | unassignable)
    return outcomes


def _split_batches(rows_read: Iterator[Row]) -> Iterator[list[Row]]:
    """Split rows into batches of at most BATCH_ROWS rows and about MAX_BATCH_BYTES bytes."""
    batch: list[Row] = []
    size = 0
    for number, row in enumerate(rows_read, start=1):
        batch.append(row._replace(record=number))
        size += row.size
        if len(batch) == BATCH_ROWS or size >= MAX_BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _separate(
    check: Callable[[Given], Account], given: Iterable[Given]
) -> tuple[list[Account], Errors]:
    """Return the accounts that pass the check, and the errors of the others."""
    passed: list[Account] = []
    errors: Errors = {}
    for item in given:
        try:
            passed.append(check(item))
        except InvalidRequest as error:
            errors[item.place] = error.members["errors"][:MAX_ROW_ERRORS]
    return passed, errors


def _record_created(accounts: list[Account], written: Outcomes, by: Principal) -> None:
    for account in accounts:
        if account.place in written.created:
            emit(Event.USER_CREATED, subject=account.id, by=by)
            for role in account.roles:
                emit(Event.ROLE_GRANTED, subject=account.id, by=by, role=role)


def _make_result(outcomes: Outcomes, notes: HashNotes, *, dry_run: bool) -> ImportResult:
    return ImportResult(
        created=len(outcomes.created),
        updated=len(outcomes.updated),
        unchanged=len(outcomes.unchanged),
        conflicts=len(outcomes.conflicts),
        rejected=len(outcomes.rejected),
        dry_run=dry_run,
        without_password=notes.without_password,
        without_login=notes.without_login,
        warnings=tuple(notes.warnings),
        rows=sorted(_list_results(outcomes), key=lambda row: row.record),
    )


def _list_results(outcomes: Outcomes) -> Iterator[RowResult]:
    for place, user_id in outcomes.updated.items():
        yield RowResult(place.line, Outcome.UPDATED, user_id, record=place.record)
    for place, user_id in outcomes.unchanged.items():
        yield RowResult(place.line, Outcome.UNCHANGED, user_id, record=place.record)
    for place, (user_id, errors) in outcomes.conflicts.items():
        yield RowResult(place.line, Outcome.CONFLICT, user_id, errors, place.record)
    for place, errors in outcomes.rejected.items():
        yield RowResult(place.line, Outcome.REJECTED, None, list(errors), place.record)
