"""The command `rollbook`.

A command is loaded when it is named: none waits for what another needs, and what is wrong with
the settings is told before the application is loaded.
"""

import os
import sys
from importlib import import_module
from typing import IO, Any

import click

from api import instance
from api.config import ConfigError
from api.core.errors import ApiError

COMMANDS = (
    "audit",
    "config",
    "grants",
    "keys",
    "migrate",
    "openapi",
    "purge",
    "roles",
    "run",
    "serve",
    "users",
)


class Told(click.ClickException):
    """What prevents a command, in one line; it reads as `rollbook serve` tells it."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"rollbook: {self.message}", file=file or sys.stderr)


class Commands(click.Group):
    """Finds each command in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"api.commands.{cmd_name}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse bytes that are not text; Python hands them on as lone surrogates."""
        try:
            "".join(args).encode()
        except UnicodeEncodeError:
            raise Told("an argument is not UTF-8") from None
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Say in one line what is wrong; a traceback would show what the settings hold."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise Told(str(error)) from None
        except ApiError as api_error:
            raise Told(_in_words(api_error)) from None


def _in_words(api_error: ApiError) -> str:
    validation_errors = api_error.members.get("errors", [])
    broken = [
        f"{validation_error.pointer.strip('/')} {validation_error.message}"
        for validation_error in validation_errors
    ]
    checks = api_error.members.get("checks", {})
    broken += [f"{name}: {outcome}" for name, outcome in checks.items()]
    return "; ".join(broken) or api_error.detail


@click.group(cls=Commands)
@click.version_option(package_name="rollbook")
@click.option("--instance", "local", is_flag=True, help="Work on what `rollbook run` keeps.")
@click.pass_context
def main(context: click.Context, *, local: bool) -> None:
    """Rollbook keeps the roll of who the users are."""
    os.umask(0o077)  # the database holds addresses and hashes, for nobody else's eyes
    if local:
        if context.invoked_subcommand != "run" and not instance.is_here():
            raise Told("there is no instance here; start one with `rollbook run`")
        instance.adopt()


if __name__ == "__main__":
    main(prog_name="rollbook")
