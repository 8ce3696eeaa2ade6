"""The command `rollbook`.

A command is imported when it runs: it does not wait for the imports of the others, and errors in
the settings are reported before the application is imported.
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
    "sessions",
    "shell",
    "users",
)


class CommandError(click.ClickException):
    """Reports in one line why a command failed, as `rollbook serve` does."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"rollbook: {self.message}", file=file or sys.stderr)


class Commands(click.Group):
    """Imports each command from the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"api.commands.{cmd_name}").command
        _accept_instance(command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reject arguments that are not UTF-8; Python decodes them to lone surrogates."""
        try:
            "".join(args).encode()
        except UnicodeEncodeError:
            raise CommandError("an argument is not UTF-8") from None
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Report errors in one line: a traceback could show values of settings."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise CommandError(str(error)) from None
        except ApiError as api_error:
            raise CommandError(_describe(api_error)) from None
        except OSError as error:
            if error.filename is None:
                raise
            raise CommandError(f"{error.filename}: {error.strerror}") from None


def _describe(api_error: ApiError) -> str:
    problems = [str(error) for error in api_error.members.get("errors", [])]
    checks = api_error.members.get("checks", {})
    problems += [f"{name}: {outcome}" for name, outcome in checks.items()]
    return "; ".join(problems) or api_error.detail


def _use_instance(context: click.Context, _: click.Parameter, chosen: object) -> None:
    """Use the settings of the instance, before the command reads them."""
    if not chosen:
        return
    if context.info_name != "run" and not instance.is_here():
        raise CommandError("there is no instance here; start one with `rollbook run`")
    instance.adopt()


INSTANCE = click.Option(
    ["--instance"],
    is_flag=True,
    expose_value=False,
    callback=_use_instance,
    help="Use the data of `rollbook run`.",
)


def _accept_instance(command: click.Command) -> None:
    """Let a command and its sub-commands be followed by ``--instance``."""
    if INSTANCE not in command.params:
        command.params.append(INSTANCE)
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            _accept_instance(subcommand)


@click.group(cls=Commands)
@click.version_option(package_name="rollbook")
@click.option("--instance", "local", is_flag=True, help="Use the data of `rollbook run`.")
@click.pass_context
def main(context: click.Context, *, local: bool) -> None:
    """Manage users and their authentication."""
    os.umask(0o077)  # the database contains e-mail addresses and password hashes
    if local and context.invoked_subcommand != "run":
        _use_instance(context, INSTANCE, local)


if __name__ == "__main__":
    main(prog_name="rollbook")
