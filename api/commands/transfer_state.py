"""What an interrupted import or export needs to continue, in a small file beside the data."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import click
import orjson

from api.core import secrets

State = TypeVar("State", "ImportState", "ExportState")


@dataclass
class ImportState:
    """How far an import is.

    ``run`` is part of every Idempotency-Key, so that a chunk that is sent again is not imported
    twice. The members before it have to be the same when the import continues.
    """

    target: str
    format: str
    chunk_rows: int
    file_size: int
    file_modified_ns: int
    run: str = ""
    dry_run: bool = False
    offset: int = 0
    line: int = 1
    created: int = 0
    unchanged: int = 0
    rejected: int = 0
    results_bytes: int = 0

    @property
    def has_progress(self) -> bool:
        return self.offset > 0


@dataclass
class ExportState:
    """How far an export is: the bytes that are complete, and the cursor of the next page."""

    target: str
    hashes: bool
    bytes: int = 0
    rows: int = 0
    cursor: str | None = None

    @property
    def has_progress(self) -> bool:
        return self.cursor is not None


IDENTITY = ("target", "format", "chunk_rows", "file_size", "file_modified_ns", "hashes")


@dataclass
class StateFile:
    """A file that always holds a complete state; without a path, nothing is kept."""

    path: Path | None

    def begin(self, new: State, *, resume: bool) -> State:
        """Return the state to begin with.

        Raises:
            ClickException: there is an interrupted run and it is not to be resumed, or it cannot.
        """
        if self.path is None or not self.path.exists():
            if resume:
                raise click.ClickException("there is no interrupted run to resume")
            return new
        kept = type(new)(**orjson.loads(self.path.read_bytes()))
        if not resume:
            if not kept.has_progress:
                return new
            raise click.ClickException(
                f"an earlier run was interrupted; continue with --resume, or delete {self.path}"
            )
        for name in IDENTITY:
            if getattr(kept, name, None) != getattr(new, name, None):
                raise click.ClickException(f"cannot resume: {name} differs from the earlier run")
        return kept

    def save(self, state: ImportState | ExportState) -> None:
        """Replace the file atomically."""
        if self.path is None:
            return
        replacement = self.path.with_name(f"{self.path.name}.new")
        replacement.write_bytes(orjson.dumps(asdict(state)))
        replacement.replace(self.path)

    def remove(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def make_import_state(path: Path | None, *, target: str, format: str, rows: int) -> ImportState:  # noqa: A002
    """Return the state of an import that begins; standard input has no size."""
    status = path.stat() if path else None
    return ImportState(
        target=target,
        format=format,
        chunk_rows=rows,
        file_size=status.st_size if status else 0,
        file_modified_ns=status.st_mtime_ns if status else 0,
        run=secrets.token(),
    )
