"""Importing and exporting users on the command line."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, TypedDict, Unpack

import click
from flask import has_app_context
from flask.cli import ScriptInfo

from api.commands.service_client import VISIBLE_ASCII
from api.commands.transfer_import import ImportJob, run_import
from api.commands.transfer_progress import show_progress
from api.commands.transfer_state import (
    ExportState,
    ImportState,
    StateFile,
    make_import_state,
)
from api.commands.transfer_targets import DatabaseTarget, ImportMode, ServiceTarget, Target
from api.transfer.formats import Format
from api.transfer.service import OnConflict

SOME_REJECTED = 1  # exit code
TOKEN = "ROLLBOOK_TOKEN"  # noqa: S105  the name of a variable
MALFORMED = "The token must be one word of ASCII characters."
STANDARD = "-"

Command = Callable[..., Any]


def add_target_options(command: Command) -> Command:
    """Add the options that select the target of a command, and ``--resume``."""
    options = (
        click.option("--url", help="Use the service at this URL, not the database."),
        click.option(
            "--token-file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help=f"The file with the access token for --url; by default the variable {TOKEN}.",
        ),
        click.option("--resume", is_flag=True, help="Continue where an earlier run stopped."),
    )
    for option in options:
        command = option(command)
    return command


@contextmanager
def open_target(url: str | None, token_file: Path | None) -> Iterator[Target]:
    """Yield the service at the URL, or the database with an application context."""
    if url is not None:
        yield ServiceTarget(url, lambda: _read_token(token_file))
        return
    if has_app_context():
        yield DatabaseTarget()
        return
    info = click.get_current_context().find_object(ScriptInfo)
    if info is None:
        raise click.ClickException("there is no application to work on")
    with info.load_app().app_context():
        yield DatabaseTarget()


def _read_token(token_file: Path | None) -> str:
    try:
        token = (token_file.read_text() if token_file else os.environ.get(TOKEN, "")).strip()
    except UnicodeError:
        raise click.UsageError(MALFORMED) from None
    if not token:
        raise click.UsageError(f"--url needs a token: --token-file, or the variable {TOKEN}.")
    if not VISIBLE_ASCII.fullmatch(token):
        raise click.UsageError(MALFORMED)
    return token


class ImportOptions(TypedDict):
    """The options of the command."""

    file: str
    format_name: str | None
    dry_run: bool
    update: bool
    results: Path | None
    chunk_rows: int
    url: str | None
    token_file: Path | None
    resume: bool


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--format",
    "format_name",
    type=click.Choice([known.value for known in Format]),
    help="By default the format is recognised.",
)
@click.option("--dry-run", is_flag=True, help="Report what would happen; write nothing.")
@click.option("--update", is_flag=True, help="Update accounts that exist with other members.")
@click.option(
    "--results",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The NDJSON file for the rows that were not created.",
)
@click.option("--chunk-rows", type=click.IntRange(1), default=2000, show_default=True)
@add_target_options
def import_users(**options: Unpack[ImportOptions]) -> None:
    """Import users from a file, or from standard input (`-`).

    Passwords are imported as hashes only.
    """
    path = None if options["file"] == STANDARD else Path(options["file"])
    mode = ImportMode(
        options["dry_run"], OnConflict.UPDATE if options["update"] else OnConflict.REPORT
    )
    state_file = _make_import_state_file(path, dry_run=mode.dry_run)
    _require_own_file(options["results"], path, state_file.path)
    with open_target(options["url"], options["token_file"]) as target:
        kind, chunk_rows = options["format_name"] or "", options["chunk_rows"]
        new = make_import_state(path, target.name, kind, chunk_rows=chunk_rows, mode=mode)
        state = state_file.begin(new, resume=options["resume"])
        declared = Format(kind) if kind else None
        run_import(ImportJob(path, target, state_file, declared, options["results"]), state)
    state_file.remove()
    _print_totals(state)


def _require_own_file(results: Path | None, *others: Path | None) -> None:
    """Reject results that would overwrite another file of the command."""
    if results and results.resolve() in {other.resolve() for other in others if other}:
        raise click.UsageError("--results must be another file: this one would be overwritten.")


def _make_import_state_file(path: Path | None, *, dry_run: bool) -> StateFile:
    """Return the state file of an import. Standard input and dry runs cannot be resumed."""
    if path is None or dry_run:
        return StateFile(None)
    return StateFile(path.with_name(f"{path.name}.import-state"))


def _print_totals(state: ImportState) -> None:
    """Print the totals. The command fails if rows were rejected or in conflict."""
    would = "would be " if state.dry_run else ""
    parts = [f"{state.created} {would}created", f"{state.unchanged} unchanged"]
    if state.updated:
        parts.append(f"{state.updated} {would}updated")
    if state.conflicts:
        parts.append(f"{state.conflicts} in conflict with existing accounts")
    click.echo(", ".join([*parts, f"{state.rejected} rejected"]))
    if state.conflicts:
        click.echo("To update these accounts, use --update.", err=True)
    if state.rejected or state.conflicts:
        raise SystemExit(SOME_REJECTED)


@click.command("export")
@click.option("--hashes", is_flag=True, help="Include password hashes. Keep the file secret.")
@click.option("--output", default=STANDARD, help="The file; by default standard output.")
@click.option("--page-rows", type=click.IntRange(1, 10_000), default=5000, show_default=True)
@add_target_options
def export_users(output: str, *, hashes: bool, page_rows: int, resume: bool, **where: Any) -> None:
    """Export all users as NDJSON, which `rollbook users import` accepts."""
    if not output or Path(output).is_dir():
        raise click.UsageError("--output needs the name of a file.")
    part = None if output == STANDARD else Path(f"{output}.part")
    state_file = StateFile(part.with_name(f"{part.name}-state") if part else None)
    with ExitStack() as stack:
        target = stack.enter_context(open_target(**where))
        state = state_file.begin(ExportState(target.name, hashes), resume=resume)
        file = part.open("ab") if part else click.open_file(STANDARD, "wb")
        stack.enter_context(file)
        if part:
            file.truncate(state.bytes)
        _export_pages(file, target, state, state_file, limit=page_rows)
    if part:
        part.replace(output)
    state_file.remove()


def _export_pages(
    file: IO[bytes], target: Target, state: ExportState, state_file: StateFile, *, limit: int
) -> None:
    state_file.save(state)
    with show_progress("Exporting", target.count_users()) as bar:
        bar.update(state.rows)
        while True:
            page = target.export_page(state.cursor, limit=limit, hashes=state.hashes)
            file.write(page.content)
            file.flush()
            bar.update(page.rows)
            state.bytes += len(page.content)
            state.rows += page.rows
            state.cursor = page.next
            if page.next is None:
                return
            state_file.save(state)
