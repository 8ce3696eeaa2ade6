from pathlib import Path

import click

from api import config
from api.config.page import page

PAGE = Path("docs/configuration.md")


@click.group(name="config")
def command() -> None:
    """Look at the settings."""


@command.command
def check() -> None:
    """Tell whether the service would start with these settings."""
    config.load()
    click.echo("The settings are in order.")


@command.command
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail where it differs.")
@click.option("--file", type=click.Path(path_type=Path), default=PAGE, show_default=True)
def docs(file: Path, *, only_check: bool) -> None:
    """Write the page about the settings."""
    if only_check:
        if not file.exists() or file.read_text("utf-8") != page():
            raise click.ClickException(f"{file} is out of date: run `rollbook config docs`")
    else:
        file.write_text(page(), "utf-8")
