"""The options of `rollbook users import` and `rollbook users export`."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypedDict

import click

from api.config.hash_keys import PEPPER_ID
from api.transfer.formats import Format
from api.transfer.origins import ORIGINS

TOKEN = "ROLLBOOK_TOKEN"  # noqa: S105  the name of a variable

Command = Callable[..., Any]


class ImportOptions(TypedDict):
    """The values of the options of an import."""

    file: str
    format_name: str | None
    origin: str | None
    source: str | None
    keep_ids: bool | None
    pepper: str | None
    check_password: str | None
    accept_rejected: int
    dry_run: bool
    update: bool
    without_passwords: bool
    results: Path | None
    chunk_rows: int | None
    url: str | None
    token_file: Path | None
    resume: bool


MAX_SOURCE_LENGTH = 64
MAX_CHUNK_ROWS = 1_000_000
MAX_ACCEPTED_ROWS = 1_000_000_000


def _check_source(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not 1 <= len(value) <= MAX_SOURCE_LENGTH:
        raise click.BadParameter(f"must have 1 to {MAX_SOURCE_LENGTH} characters.")
    return value


def _check_pepper(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Reject the key of a pepper: it would be stored in the state file, or sent to the service."""
    if value is not None and not re.fullmatch(PEPPER_ID, value):
        raise click.BadParameter(
            "must be the id of a pepper of PASSWORD_PEPPERS; a secret is never an argument."
        )
    return value


TARGET_OPTIONS = (
    click.option("--resume", is_flag=True, help="Continue where an earlier run stopped."),
    click.option(
        "--token-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=f"The file with the access token for --url; by default the variable {TOKEN}.",
    ),
    click.option("--url", help="Use the service at this URL, not the database."),
)
IMPORT_OPTIONS = (
    *TARGET_OPTIONS,
    click.option(
        "--chunk-rows",
        type=click.IntRange(1, MAX_CHUNK_ROWS),
        help="The number of rows in one transaction; by default 2000. With --update 200, "
        "and at most 500.",
    ),
    click.option(
        "--results",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The NDJSON file for the rows that were not created.",
    ),
    click.option("--update", is_flag=True, help="Update accounts that exist with other members."),
    click.option(
        "--without-passwords",
        is_flag=True,
        help="The users get their passwords later. So it is no error that they cannot log in.",
    ),
    click.option(
        "--accept-rejected",
        type=click.IntRange(0, MAX_ACCEPTED_ROWS),
        default=0,
        metavar="N",
        help="End with status 0 if at most N rows are rejected or in conflict.",
    ),
    click.option("--dry-run", is_flag=True, help="Report what would happen; write nothing."),
    click.option(
        "--check-password",
        metavar="ROW",
        help="Verify a password, which you type, with the hash of one row, and import nothing. "
        "ROW is its line, e-mail address or username.",
    ),
    click.option(
        "--pepper",
        callback=_check_pepper,
        metavar="ID",
        help="The pepper of the setting PASSWORD_PEPPERS with which the hashes were made.",
    ),
    click.option(
        "--keep-ids/--new-ids",
        default=None,
        help="Whether ids of the other system that are UUIDs become the ids of the accounts. By "
        "default those of cognito, keycloak and supabase do.",
    ),
    click.option(
        "--source",
        callback=_check_source,
        metavar="NAME",
        help="The name of the other system in external_source, if users come from two systems of "
        "one kind. By default it is that of --from.",
    ),
    click.option(
        "--from",
        "origin",
        type=click.Choice(list(ORIGINS)),
        help="The system whose export the file is.",
    ),
    click.option(
        "--format",
        "format_name",
        type=click.Choice([known.value for known in Format]),
        help="By default the format is recognised.",
    ),
)


def add_target_options(command: Command) -> Command:
    """Add the options that select the target of a command, and ``--resume``."""
    return _add(command, TARGET_OPTIONS)


def add_import_options(command: Command) -> Command:
    """Add the options of an import."""
    return _add(command, IMPORT_OPTIONS)


def _add(command: Command, options: Iterable[Callable[[Command], Command]]) -> Command:
    for option in options:
        command = option(command)
    return command
