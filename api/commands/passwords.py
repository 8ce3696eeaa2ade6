"""Lists of passwords that no user may choose, for operators."""

from pathlib import Path

import click

from api.commands.errors import CommandError
from api.passwords.list_building import build_list

PATH = click.Path(path_type=Path)


@click.group(name="passwords")
def command() -> None:
    """Make lists of passwords that no user may choose."""


@command.command(name="build-list")
@click.argument(
    "sources", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The list to write.")
def build(sources: tuple[Path, ...], output: Path) -> None:
    """Make a list from files of a breach corpus, for the setting PASSWORD_LIST_FILE.

    Each line of a file has a password, or a SHA-1 digest in hexadecimal, with or without a count.
    Of each the list has 8 bytes. The processes read it when they start.
    """
    try:
        count = build_list(sources, output)
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from None
    click.echo(f"Wrote {count:,} passwords to {output}.")
