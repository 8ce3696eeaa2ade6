"""Errors of commands. This module imports nothing that takes time."""

import sys
from typing import IO, Any

import click


class CommandError(click.ClickException):
    """Reports in one line why a command failed, as `rollbook serve` does."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"rollbook: {self.message}", file=file or sys.stderr)


class WrongUse(CommandError):
    """Reports that a command was called, or is configured, in a way that cannot work."""

    exit_code = 2
