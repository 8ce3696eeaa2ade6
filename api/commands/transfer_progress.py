"""The progress bar of import and export."""

import sys
from typing import Any

import click


def show_progress(label: str, length: int | None) -> Any:
    """Return a progress bar. It is visible on a terminal, if the length is known."""
    hidden = length is None or not _is_terminal()
    return click.progressbar(length=length or 0, label=label, file=sys.stderr, hidden=hidden)


def _is_terminal() -> bool:
    return sys.stderr.isatty()
