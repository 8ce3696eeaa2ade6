"""Importing and exporting users on the command line."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Unpack

import click
from flask import has_app_context
from flask.cli import ScriptInfo

from api.commands.service_client import VISIBLE_ASCII
from api.commands.transfer_check import check_password, load_hashing
from api.commands.transfer_import import ImportJob, run_import
from api.commands.transfer_options import (
    TOKEN,
    ImportOptions,
    add_import_options,
    add_target_options,
)
from api.commands.transfer_progress import show_progress
from api.commands.transfer_rows import make_reading
from api.commands.transfer_state import ExportState, StateFile, make_import_state
from api.commands.transfer_summary import print_summary
from api.commands.transfer_targets import DatabaseTarget, ServiceTarget, Target
from api.passwords.hashing import PasswordHashing, current_hashing

MALFORMED = "The token must be one word of ASCII characters."
STANDARD = "-"


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


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@add_import_options
def import_users(**options: Unpack[ImportOptions]) -> None:
    """Import users from a file, or from standard input (`-`).

    Passwords are imported as hashes only.
    """
    path = None if options["file"] == STANDARD else Path(options["file"])
    state_file = _make_import_state_file(path, dry_run=options["dry_run"])
    _require_own_file(options["results"], path, state_file.path)
    if options["source"] and not options["origin"]:
        raise click.UsageError("--source needs --from; other files contain external_source.")
    if options["check_password"] is not None:
        _check_password(path, options, options["check_password"])
        return
    with open_target(options["url"], options["token_file"]) as target:
        reading = make_reading(options, _find_pepper(options))
        new = make_import_state(path, options, target.name)
        state = state_file.begin(new, resume=options["resume"])
        run_import(ImportJob(path, reading, target, state_file, options["results"]), state)
    state_file.remove()
    print_summary(
        state,
        accepted=options["accept_rejected"],
        allow_no_passwords=options["without_passwords"],
    )


def _check_password(path: Path | None, options: ImportOptions, wanted: str) -> None:
    if path is None:
        raise click.UsageError("--check-password needs a file; the password is typed.")
    hashing = load_hashing()
    pepper = options["pepper"] and _require_pepper(options["pepper"], hashing)
    check_password(path, make_reading(options, pepper), wanted, hashing)


def _find_pepper(options: ImportOptions) -> str | None:
    """Return the id of the pepper. A service at a URL checks it itself.

    Raises:
        UsageError: the settings have no such pepper.
    """
    given = options["pepper"]
    return given if given is None or options["url"] else _require_pepper(given, current_hashing())


def _require_pepper(given: str, hashing: PasswordHashing) -> str:
    if given not in hashing.keys.peppers:
        raise click.UsageError("--pepper is not in the setting PASSWORD_PEPPERS; add it there.")
    return given


def _require_own_file(results: Path | None, *others: Path | None) -> None:
    """Reject results that would overwrite another file of the command."""
    if results and results.resolve() in {other.resolve() for other in others if other}:
        raise click.UsageError("--results must be another file: this one would be overwritten.")


def _make_import_state_file(path: Path | None, *, dry_run: bool) -> StateFile:
    """Return the state file of an import. Standard input and dry runs cannot be resumed."""
    if path is None or dry_run:
        return StateFile(None)
    return StateFile(path.with_name(f"{path.name}.import-state"))


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
