"""The work of `rollbook users import`: sending the rows of a file in chunks."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import click
import orjson

from api.commands.transfer_duplicates import DUPLICATE, EarlierRows
from api.commands.transfer_progress import show_progress
from api.commands.transfer_rows import Reading, get_hash
from api.commands.transfer_sources import Source, open_source
from api.commands.transfer_state import ImportState, StateFile
from api.commands.transfer_targets import ImportMode, Target
from api.transfer.chunks import Chunk, split_rows
from api.transfer.row import Row
from api.transfer.service import COUNTS, ImportResult, OnConflict, Outcome, RowResult

REPORTED = {Outcome.CONFLICT, Outcome.REJECTED}
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
        _open_results(job.results, state.results_bytes) as report,
        closing(EarlierRows()) as earlier,
        closing(EarlierRows()) as marked,
    ):
        found = job.reading.read(source)
        updates = state.on_conflict == OnConflict.UPDATE
        rows = marked.mark_repeated(found.rows) if updates else found.rows
        _add_warnings(state, found.warnings)
        job.state_file.save(state)
        for chunk in _show_chunks(source, rows, state):
            result = _import_chunk(job.target, chunk, state, earlier)
            _report_rows(result, report)
            _update_state(state, result, chunk, report)
            _warn_of_peppers(state, chunk, job.reading)
            job.state_file.save(state)
        summary = {"lost": state.lost} if job.reading.origin else {}
        _write(report, {**state.totals, "dry_run": state.dry_run, **summary})


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
) -> ImportResult:
    """Import a chunk. The line numbers of the result are those of the file."""
    result = ImportResult()
    if chunk.sent:
        mode = ImportMode(state.dry_run, OnConflict(state.on_conflict))
        result = target.import_chunk(chunk.body, mode=mode, key=f"{state.run}-{chunk.begin}")
        if state.dry_run:
            result = earlier.correct(chunk, result)
    rows = [replace(row, line=chunk.find_line(row.line)) for row in result.rows]
    unsent = [_make_result(row) for row in chunk.rejected]
    outcomes = [row.outcome for row in unsent]
    return replace(
        result,
        conflicts=result.conflicts + outcomes.count(Outcome.CONFLICT),
        rejected=result.rejected + outcomes.count(Outcome.REJECTED),
        rows=sorted([*rows, *unsent], key=lambda row: row.line),
    )


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


@contextmanager
def _open_results(path: Path | None, size: int) -> Iterator[IO[bytes] | None]:
    """Open the file of results, without the lines that an interrupted run wrote after its state."""
    if path is None:
        yield None
        return
    with path.open("ab") as report:
        report.truncate(size)
        yield report


def _report_rows(result: ImportResult, report: IO[bytes] | None) -> None:
    for row in result.rows:
        if report is not None:
            _write(report, row)
        elif row.outcome in REPORTED:
            message = "; ".join(map(str, row.errors or ()))
            click.echo(f"line {row.line}: {message}", err=True)


def _write(report: IO[bytes] | None, result: RowResult | dict[str, Any]) -> None:
    if report is not None:
        report.write(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
