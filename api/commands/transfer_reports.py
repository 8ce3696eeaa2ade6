"""Reporting the rows of an import that were not created, so that the user can find them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import UUID

import click
import orjson

from api.core.errors import ValidationError
from api.transfer.outcomes import Outcome
from api.transfer.row import Row
from api.transfer.service import RowResult

REPORTED = {Outcome.CONFLICT, Outcome.REJECTED}
MAX_NAME_LENGTH = 100  # in a message


@dataclass(frozen=True)
class ReportedRow:
    """The outcome of a row. ``record`` is its number in the file, without a header of CSV."""

    line: int
    outcome: Outcome
    id: UUID | None
    errors: list[ValidationError] | None
    record: int
    email: str | None
    external_id: str | None

    @property
    def place(self) -> str:
        """Where the row is, and whose it is. If records share a line, it names the record."""
        record = f", record {self.record}" if self.record > self.line else ""
        name = self.email or self.external_id
        user = f" ({name[:MAX_NAME_LENGTH]})" if name else ""
        return f"line {self.line}{record}{user}"


def make_report(row: Row, result: RowResult) -> ReportedRow:
    """Return the report of a row of a file with its result, whose line is that of a chunk."""
    email, external_id = (_read_text(row, name) for name in ("email", "external_id"))
    return ReportedRow(
        row.line, result.outcome, result.id, result.errors, row.record, email, external_id
    )


def _read_text(row: Row, name: str) -> str | None:
    value = row.members.get(name) if isinstance(row.members, dict) else None
    return value if isinstance(value, str) else None


@contextmanager
def open_results(path: Path | None, size: int) -> Iterator[IO[bytes] | None]:
    """Open the file of results, without the lines that an interrupted run wrote after its state."""
    if path is None:
        yield None
        return
    with path.open("ab") as report:
        report.truncate(size)
        yield report


def report_rows(rows: Iterable[ReportedRow], report: IO[bytes] | None) -> None:
    """Write the rows to the file of results, or print those with errors."""
    for row in rows:
        if report is not None:
            write_result(report, row)
        elif row.outcome in REPORTED:
            message = "; ".join(map(str, row.errors or ()))
            click.echo(f"{row.place}: {message}", err=True)


def write_result(report: IO[bytes] | None, result: object) -> None:
    """Write a line to the file of results, if there is one."""
    if report is not None:
        report.write(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
