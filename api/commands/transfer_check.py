"""Verifying the hash of one row with a password, before an import."""

from pathlib import Path

import click
from flask import has_app_context

from api import config
from api.commands.transfer_rows import Reading, get_hash
from api.commands.transfer_sources import open_source
from api.commands.user_passwords import read_password
from api.core import secrets
from api.passwords import imported
from api.passwords.hashing import PasswordHashing, current_hashing, make_hashing
from api.transfer.row import Row


def load_hashing() -> PasswordHashing:
    """Return the hashing with the keys of the settings. It needs no database.

    Raises:
        ConfigError: a setting is wrong.
    """
    if has_app_context():
        return current_hashing()
    unused = {"database_url": "sqlite://", "encryption_key": secrets.token()}
    return make_hashing(config.load({"environment": "development", **unused}))


def check_password(path: Path, reading: Reading, wanted: str, hashing: PasswordHashing) -> None:
    """Report whether a password, which the operator types, matches the hash of a row.

    Raises:
        ClickException: it does not match, or there is no such row with a hash.
    """
    row = _find_row(path, reading, wanted)
    password_hash = get_hash(row)
    if row.errors:
        raise click.ClickException(f"line {row.line}: {row.errors[0]}")
    if password_hash is None:
        raise click.ClickException(f"line {row.line} has no password hash")
    password = read_password(is_new=False)
    problem = imported.explain_mismatch(password_hash, password, hashing)
    if problem:
        raise click.ClickException(problem)
    click.echo(f"The password matches the hash in line {row.line}.")


def _find_row(path: Path, reading: Reading, wanted: str) -> Row:
    with open_source(path) as source:
        found = reading.read(source)
        for row in found.rows:
            if wanted == str(row.line) or wanted.casefold() in _list_names(row):
                return row
    raise click.ClickException(f"there is no row {wanted} in the file")


def _list_names(row: Row) -> set[str]:
    members = row.members if isinstance(row.members, dict) else {}
    names = (members.get("email"), members.get("username"))
    return {name.casefold() for name in names if isinstance(name, str)}
