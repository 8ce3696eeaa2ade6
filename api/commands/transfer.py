"""Importing and exporting users from a terminal, for operators, who may do everything."""

import os
import sys
from collections.abc import Iterator
from typing import IO, Any

import click
from flask.cli import with_appcontext

from api.transfer import service
from api.transfer.formats import Format
from api.transfer.service import Outcome, RowResult, Summary
from api.users import search

CHUNK = 64 * 1024
COUNT = {"limit": 1, "sort": "created_at", "count": True}
REFUSED = 1  # what the command ends with where some rows were


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--format",
    "named",
    type=click.Choice([known.value for known in Format]),
    help="By default what the name of the file ends with, else NDJSON.",
)
@click.option("--dry-run", is_flag=True, help="Say what would become of each row; write nothing.")
@click.option(
    "--results", type=click.File("wb"), help="Where to say what became of each row, as NDJSON."
)
@with_appcontext
def import_users(
    file: IO[bytes], named: str | None, results: IO[bytes] | None, *, dry_run: bool
) -> None:
    """Take in users of a file, `-` for standard input; passwords as hashes alone.

    Rows that are refused keep out no others. It can be repeated: who is there already stays as
    they are.
    """
    format = _format(file, named)  # noqa: A001  as everybody calls it
    with _progress("Importing", _size(file)) as bar:
        told = service.import_users(_chunks(file, bar), format=format, by=None, dry_run=dry_run)
        for result in told:
            _tell(result, results)
    if isinstance(result, Summary) and result.refused:
        raise SystemExit(REFUSED)


def _format(file: IO[bytes], named: str | None) -> Format:
    csv = str(getattr(file, "name", "")).endswith(".csv")
    return Format(named) if named else Format.CSV if csv else Format.NDJSON


def _size(file: IO[bytes]) -> int | None:
    """Return how many octets there are, if that is known before they are read."""
    try:
        return os.fstat(file.fileno()).st_size or None
    except OSError:
        return None


def _chunks(file: IO[bytes], bar: Any) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
        bar.update(len(chunk))


def _tell(result: RowResult | Summary, results: IO[bytes] | None) -> None:
    if isinstance(result, Summary):
        would = "would be " if result.dry_run else ""
        counts = f"{result.unchanged} unchanged, {result.refused} refused"
        click.echo(f"{result.created} {would}created, {counts}")
    elif results is None and result.outcome == Outcome.REFUSED:
        reasons = (
            f"{validation_error.pointer.strip('/')} {validation_error.message}"
            for validation_error in result.findings
        )
        click.echo(f"line {result.line}: {'; '.join(map(str.strip, reasons))}", err=True)
    if results is not None:
        results.write(service.told(result))


@click.command("export")
@click.option("--hashes", is_flag=True, help="With password hashes. Keep it as you keep passwords.")
@click.option(
    "--output",
    type=click.File("wb", atomic=True),
    default="-",
    help="Where to; standard output by default.",
)
@with_appcontext
def export_users(output: IO[bytes], *, hashes: bool) -> None:
    """Hand out all users as NDJSON, which `import` takes back."""
    total = search.find(COUNT).total
    with _progress("Exporting", total) as bar:
        for page in service.export_users({}, by=None, hashes=hashes):
            output.write(page)
            bar.update(page.count(b"\n"))


def _progress(label: str, length: int | None) -> Any:
    """Return a bar on the terminal, if there is one and it is known how far it goes."""
    hidden = length is None or not _seen_by_a_person()
    return click.progressbar(length=length or 0, label=label, file=sys.stderr, hidden=hidden)


def _seen_by_a_person() -> bool:
    return sys.stderr.isatty()
