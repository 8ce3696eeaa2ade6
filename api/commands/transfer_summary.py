"""The summary of an import."""

import click

from api.commands.transfer_state import ImportState
from api.transfer.outcomes import OnConflict

FAILED = 1  # exit code
NO_USERS = "The file has no users. Check that it is complete, and that users were exported."
NO_PASSWORDS = (
    "None of these users has a password, so none of them can log in. Import their password hashes, "
    "or give them passwords (rollbook users set-password). If that follows later, use "
    "--without-passwords."
)
NO_LOGINS = (
    "None of these users can log in: they have no password, or are suspended or deleted. Look at "
    "the column of the password hashes, and at that of the status."
)


def print_summary(state: ImportState, *, accepted: int, allow_no_passwords: bool) -> None:
    """Print the totals.

    The command fails if there are no rows, if more than ``accepted`` are rejected or in conflict,
    or if none of the new users can log in.
    """
    would = "would be " if state.dry_run else ""
    parts = [f"{state.created} {would}created", f"{state.unchanged} unchanged"]
    if state.updated:
        parts.append(f"{state.updated} {would}updated")
    if state.conflicts:
        parts.append(f"{state.conflicts} in conflict with existing accounts")
    click.echo(", ".join([*parts, f"{state.rejected} rejected"]))
    _print_notes(state)
    problem = None if allow_no_passwords else _find_missing_logins(state)
    if problem:
        click.echo(f"Error: {problem}", err=True)
    if problem or not state.rows or state.rejected + state.conflicts > accepted:
        raise SystemExit(FAILED)


def _find_missing_logins(state: ImportState) -> str | None:
    """Return why none of the new users can log in, if that is so."""
    if not 0 < state.created <= state.without_login:
        return None
    return NO_PASSWORDS if state.created <= state.without_password else NO_LOGINS


def _print_notes(state: ImportState) -> None:
    if state.conflicts and state.on_conflict == OnConflict.REPORT:
        click.echo("To update these accounts, use --update.", err=True)
    if state.lost:
        counts = ", ".join(f"{name} ({number})" for name, number in sorted(state.lost.items()))
        click.echo(f"Not imported, with the number of users: {counts}", err=True)
    if state.skipped:
        click.echo(f"Skipped, because they are not users: {state.skipped}", err=True)
    if not state.rows:
        click.echo(f"Warning: {NO_USERS}", err=True)
    for warning in state.warnings:
        click.echo(f"Warning: {warning}", err=True)
