"""The work of `rollbook users import`: sending the rows of a file in chunks."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from api.commands.transfer_duplicates import DUPLICATE, EarlierRows
from api.commands.transfer_progress import show_progress
from api.commands.transfer_reports import (
    ReportedRow,
    make_report,
    open_results,
    report_rows,
    write_result,
)
from api.commands.transfer_rows import Reading, get_hash
from api.commands.transfer_sources import Source, open_source
from api.commands.transfer_state import ImportState, StateFile
from api.commands.transfer_targets import ImportMode, Target
from api.core.errors import ValidationError
from api.core.validation_rules import ValidationRule
from api.transfer.chunks import Chunk, split_rows
from api.transfer.outcomes import OnConflict, Outcome
from api.transfer.row import Row
from api.transfer.service import COUNTS, ImportResult, RowResult

ONLY_UPDATES = ValidationError(
    "",
    ValidationRule.ONLY_UPDATES,
    "has only a password hash for an existing account; use --update",
)
BCRYPT = "$2"
PERHAPS_PEPPERED = (
    "Some systems add a key (pepper) to passwords before bcrypt, such as Flask-Security, Devise "
    "and Synapse. Then no password matches without --pepper. Try one with --check-password."
)


@dataclass(frozen=True)
class ImportJob:
    """What to import, and where to. ``results`` is the file for the rows that were not created."""

    path: Path | None
    reading: Reading
    target: Target
    state_file: StateFile
    results: Path | None = None


def run_import(job: ImportJob, state: ImportState) -> None:
    """Import the rows of a file that the state does not count yet."""
    with (
        open_source(job.path) as source,
        open_results(job.results, state.results_bytes) as report,
        closing(EarlierRows()) as earlier,
        closing(EarlierRows()) as marked,
    ):
        found = job.reading.read(source)
        updates = state.on_conflict == OnConflict.UPDATE
        rows = marked.mark_repeated(found.rows) if updates else _reject_partial(found.rows)
        _add_warnings(state, found.warnings)
        job.state_file.save(state)
        for chunk in _show_chunks(source, rows, state):
            result, rows_reported = _import_chunk(job.target, chunk, state, earlier)
            report_rows(rows_reported, report)
            _update_state(state, result, chunk, report)
            _warn_of_peppers(state, chunk, job.reading)
            job.state_file.save(state)
        state.skipped = found.skipped
        summary = {"lost": state.lost} if job.reading.origin else {}
        write_result(report, {**state.totals, "dry_run": state.dry_run, **summary})


def _reject_partial(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows. One that never creates an account gets an error: it needs an update."""
    for row in rows:
        yield row._replace(errors=(ONLY_UPDATES,)) if row.must_exist and not row.errors else row


def _show_chunks(source: Source, rows: Iterable[Row], state: ImportState) -> Iterator[Chunk]:
    """Yield the chunks, and show how much of the file has been read."""
    shown = 0
    with show_progress("Importing", state.file_size or None) as bar:
        for chunk in split_rows(rows, max_rows=state.chunk_rows, begin=state.rows):
            yield chunk
            position = source.stored.tell()
            bar.update(position - shown)
            shown = position


def _import_chunk(
    target: Target, chunk: Chunk, state: ImportState, earlier: EarlierRows
) -> tuple[ImportResult, list[ReportedRow]]:
    """Import a chunk. Return the counts, and the rows that were not created."""
    result = ImportResult()
    if chunk.sent:
        on_conflict = OnConflict.UPDATE_ONLY if chunk.must_exist else OnConflict(state.on_conflict)
        mode = ImportMode(state.dry_run, on_conflict)
        result = target.import_chunk(chunk.body, mode=mode, key=f"{state.run}-{chunk.begin}")
        if state.dry_run:
            result = earlier.correct(chunk, result)
    sent = [make_report(chunk.sent[row.line - 1], row) for row in result.rows]
    unsent = [make_report(row, _make_result(row)) for row in chunk.rejected]
    outcomes = [row.outcome for row in unsent]
    counts = replace(
        result,
        conflicts=result.conflicts + outcomes.count(Outcome.CONFLICT),
        rejected=result.rejected + outcomes.count(Outcome.REJECTED),
    )
    return counts, sorted([*sent, *unsent], key=lambda row: row.record)


def _make_result(row: Row) -> RowResult:
    """Return the result of a row that is not sent."""
    outcome = Outcome.CONFLICT if DUPLICATE in row.errors else Outcome.REJECTED
    return RowResult(row.line, outcome, errors=list(row.errors))


def _update_state(
    state: ImportState, result: ImportResult, chunk: Chunk, report: IO[bytes] | None
) -> None:
    state.rows = chunk.end
    for name in (*COUNTS, "without_password", "without_login"):
        setattr(state, name, getattr(state, name) + getattr(result, name))
    lost = Counter(state.lost)
    for row in chunk.sent:
        lost.update(set(row.lost))
    state.lost = dict(lost)
    _add_warnings(state, result.warnings)
    if report is not None:
        report.flush()
        state.results_bytes = report.tell()


def _add_warnings(state: ImportState, warnings: Iterable[str]) -> None:
    state.warnings = list(dict.fromkeys([*state.warnings, *warnings]))


def _warn_of_peppers(state: ImportState, chunk: Chunk, reading: Reading) -> None:
    """Warn of bcrypt hashes of an unknown system, which may need a pepper."""
    if reading.pepper or reading.origin:
        return
    if any((get_hash(row) or "").startswith(BCRYPT) for row in chunk.sent):
        _add_warnings(state, [PERHAPS_PEPPERED])
