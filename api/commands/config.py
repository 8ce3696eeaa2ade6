from pathlib import Path

import click

from api import config
from api.config.page import render_page

PAGE = Path("docs/configuration.md")


@click.group(name="config")
def command() -> None:
    """Check and document the settings."""


@command.command
def check() -> None:
    """Check that the service starts with these settings."""
    config.load()
    if misspelt := config.describe_misspelt():
        raise click.ClickException("; ".join(misspelt))
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
