"""The summary of an import."""

import click

from api.commands.transfer_state import ImportState

SOME_REJECTED = 1  # exit code
NO_PASSWORDS = (
    "None of these users has a password, so none of them can log in. Import their password hashes, "
    "or give them passwords (rollbook users set-password)."
)


def print_summary(state: ImportState) -> None:
    """Print the totals. The command fails if rows were rejected or in conflict."""
    would = "would be " if state.dry_run else ""
    parts = [f"{state.created} {would}created", f"{state.unchanged} unchanged"]
    if state.updated:
        parts.append(f"{state.updated} {would}updated")
    if state.conflicts:
        parts.append(f"{state.conflicts} in conflict with existing accounts")
    click.echo(", ".join([*parts, f"{state.rejected} rejected"]))
    _print_notes(state)
    if state.rejected or state.conflicts:
        raise SystemExit(SOME_REJECTED)


def _print_notes(state: ImportState) -> None:
    if state.conflicts:
        click.echo("To update these accounts, use --update.", err=True)
    if state.lost:
        counts = ", ".join(f"{name} ({number})" for name, number in sorted(state.lost.items()))
        click.echo(f"Not imported, with the number of users: {counts}", err=True)
    for warning in state.warnings:
        click.echo(f"Warning: {warning}", err=True)
    if state.created and state.without_password == state.created:
        click.echo(f"Warning: {NO_PASSWORDS}", err=True)
