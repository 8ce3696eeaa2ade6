"""Prints the differences of two contracts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import orjson

from api.commands.errors import CommandError, WrongUse
from api.commands.output import JSON_OPTIONS
from api.contract_changes.changes import Change, RepeatedChange, merge_changes
from api.contract_changes.comparison import compare_documents
from api.contract_changes.documents import Document, InvalidDocument, read_document
from api.contract_changes.releases import list_releases
from api.contract_changes.versions import may_break
from api.core import clock


@contextmanager
def report_invalid_documents() -> Iterator[None]:
    """Report in one line which document cannot be read."""
    try:
        yield
    except InvalidDocument as error:
        raise WrongUse(str(error)) from None


def find_last_release(directory: Path) -> Path:
    """Return the file of the last released version."""
    if releases := list_releases(directory):
        return releases[-1]
    raise WrongUse(f"{directory} has no released version; name the old document")


@dataclass(frozen=True)
class Comparison:
    """Two documents and what differs."""

    old: Document
    new: Document
    changes: list[Change]

    @property
    def versions(self) -> str:
        return f"{self.old.version} → {self.new.version}"

    @property
    def may_break(self) -> bool:
        return may_break(self.old.version, self.new.version)


def compare_files(old: Path, new: Path, *, show: Callable[[Comparison], None] | None) -> None:
    """Show the changes, and fail if one breaks clients and the version does not allow it."""
    before, after = read_document(old), read_document(new)
    changes = list(compare_documents(before, after, today=clock.now().date()))
    comparison = Comparison(before, after, changes)
    breaking = [each for each in merge_changes(changes) if each.is_breaking]
    is_failure = bool(breaking) and not comparison.may_break
    if show:
        show(comparison)
    elif is_failure:
        click.echo("\n".join(map(str, breaking)))
    if is_failure:
        raise CommandError(
            f"{_count(breaking)}, which {comparison.versions} does not allow: a "
            "client may fail. Undo them, or raise the major version (before 1.0.0, the minor one)"
        )


def _count(breaking: list[RepeatedChange]) -> str:
    return f"{len(breaking)} breaking change{'s' if len(breaking) > 1 else ''}"


def print_lines(comparison: Comparison) -> None:
    """Print one line per change, breaking ones first, and whether the version allows those."""
    merged = merge_changes(comparison.changes)
    for repeated in merged:
        click.echo(str(repeated))
    if comparison.may_break and (breaking := [each for each in merged if each.is_breaking]):
        click.echo(f"{_count(breaking)}, allowed by {comparison.versions}", err=True)


def print_json(comparison: Comparison) -> None:
    """Print every change in every place, for programs."""
    described = {
        "old": comparison.old.version,
        "new": comparison.new.version,
        "breaking_allowed": comparison.may_break,
        "changes": [
            {
                "severity": change.severity,
                "rule": change.rule,
                **asdict(change.place),
                "message": change.message,
            }
            for change in comparison.changes
        ],
    }
    click.echo(orjson.dumps(described, option=JSON_OPTIONS), nl=False)
