from pathlib import Path

import click

from api import config
from api.commands.errors import CommandError
from api.config.page import render_page

PAGE = Path("docs/configuration.md")


@click.group(name="config")
def command() -> None:
    """Check and document the settings."""


@command.command
@click.option("--connect", is_flag=True, help="Also try the database, Redis and the mail server.")
def check(*, connect: bool) -> None:
    """Check that the service starts with these settings."""
    settings = config.load()
    from api.doctor.checks import check_all, check_locally  # noqa: PLC0415  they import SQLAlchemy

    found = list((check_all if connect else check_locally)(settings))
    if problems := [problem for problem in found if not problem.is_hint]:
        raise CommandError("\n".join(map(str, problems)))
    click.echo("The settings are in order.")


@command.command
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; fail if the page is out of date."
)
@click.option("--file", type=click.Path(path_type=Path), default=PAGE, show_default=True)
def docs(file: Path, *, only_check: bool) -> None:
    """Write the page that documents the settings."""
    if only_check:
        if not file.exists() or file.read_text("utf-8") != render_page():
            raise click.ClickException(f"{file} is out of date: run `rollbook config docs`")
    else:
        file.write_text(render_page(), "utf-8")
