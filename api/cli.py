"""The command `rollbook`.

A command is imported when it runs: it does not wait for the imports of the others, and errors in
the settings are reported before the application is imported.
"""

import os
import sys
import traceback
from importlib import import_module
from typing import Any, Literal, TextIO

import click

from api import instance
from api.commands.errors import CommandError, WrongUse
from api.config import ConfigError

STANDARD_INPUT, STANDARD_OUTPUT, STANDARD_ERROR = 0, 1, 2
COMMANDS = (
    "api-keys",
    "audit",
    "config",
    "doctor",
    "fuzz",
    "grants",
    "jobs",
    "invitations",
    "keys",
    "mail",
    "migrate",
    "openapi",
    "outbox",
    "passwords",
    "purge",
    "roles",
    "run",
    "serve",
    "service-accounts",
    "sessions",
    "shell",
    "users",
    "webhooks",
    "worker",
)


class Commands(click.Group):
    """Imports each command from the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"api.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        _accept_instance(command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reject arguments that are not UTF-8; Python decodes them to lone surrogates."""
        try:
            "".join(args).encode()
        except UnicodeEncodeError:
            raise WrongUse("an argument is not UTF-8") from None
        return super().parse_args(ctx, args)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Also report that the output cannot be written, for example to a full disk."""
        _open_closed_streams()
        try:
            return super().main(*args, **extra)
        except OSError as error:
            if error.filename is not None:
                raise
            _discard_output()
            failed = CommandError(f"standard output: {error.strerror}")
            failed.show()
            sys.exit(failed.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        """Report errors in one line: a traceback could show values of settings."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except ConfigError as error:
            raise WrongUse(str(error)) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            described = import_module("api.commands.failures").describe(error)
            if not described:
                raise
            if ctx.params.get("verbose"):
                traceback.print_exception(error)
            raise CommandError(described) from None
        return result


def _open_closed_streams() -> None:
    """Read nothing from a closed standard input, and discard what is written to a closed output.

    Otherwise the next file or connection would get its descriptor.
    """
    sys.stdin = sys.stdin or _open_null_device(STANDARD_INPUT, "r")
    sys.stdout = sys.stdout or _open_null_device(STANDARD_OUTPUT, "w")
    sys.stderr = sys.stderr or _open_null_device(STANDARD_ERROR, "w")


def _open_null_device(descriptor: int, mode: Literal["r", "w"]) -> TextIO:
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, descriptor)
    if nowhere != descriptor:
        os.close(nowhere)
    return open(descriptor, mode, encoding="utf-8", closefd=False)


def _discard_output() -> None:
    """Let what is left of the output disappear; Python would try to write it when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STANDARD_OUTPUT)
    os.close(nowhere)


def _use_instance(context: click.Context, _: click.Parameter, chosen: object) -> None:
    """Use the settings of the instance, before the command reads them."""
    if not chosen:
        return
    if context.info_name != "run" and not instance.is_here():
        raise WrongUse("there is no instance here; start one with `rollbook run`")
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
@click.option("--verbose", is_flag=True, help="Also print the traceback of an error.")
@click.pass_context
def main(context: click.Context, *, local: bool, verbose: bool) -> None:  # noqa: ARG001
    """Manage users and their authentication."""
    os.umask(0o077)  # the database contains e-mail addresses and password hashes
    if local and context.invoked_subcommand != "run":
        _use_instance(context, INSTANCE, local)


if __name__ == "__main__":
    main(prog_name="rollbook")
