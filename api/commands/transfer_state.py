"""The state of an import or export, kept in a file so that an interrupted one can continue."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import click
import orjson

from api.commands.transfer_options import ImportOptions
from api.core import secrets
from api.transfer.outcomes import OnConflict
from api.transfer.service import COUNTS, MAX_UPDATE_ROWS

CHUNK_ROWS = 2000
UPDATE_ROWS = 200  # accounts stay locked until the chunk is complete, so logins wait

State = TypeVar("State", "ImportState", "ExportState")


@dataclass
class ImportState:
    """The state of an import.

    ``run`` is part of every Idempotency-Key, so that a chunk that is sent again is not imported
    twice. The members before it must be the same when the import continues.
    """

    target: str
    format: str
    chunk_rows: int
    file_size: int
    file_modified_ns: int
    on_conflict: str = OnConflict.REPORT
    reading: str = ""
    run: str = ""
    dry_run: bool = False
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    conflicts: int = 0
    rejected: int = 0
    results_bytes: int = 0
    without_password: int = 0
    without_login: int = 0
    skipped: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def has_progress(self) -> bool:
        return self.rows > 0

    @property
    def totals(self) -> dict[str, int]:
        """Return the number of rows by outcome."""
        return {name: getattr(self, name) for name in COUNTS}


@dataclass
class ExportState:
    """The state of an export: the bytes that are complete, and the cursor of the next page."""

    target: str
    hashes: bool
    bytes: int = 0
    rows: int = 0
    cursor: str | None = None

    @property
    def has_progress(self) -> bool:
        return self.cursor is not None


READING: tuple[Literal["origin", "source", "keep_ids", "pepper"], ...] = (
    "origin",
    "source",
    "keep_ids",
    "pepper",
)
IDENTITY = (
    "target",
    "format",
    "chunk_rows",
    "file_size",
    "file_modified_ns",
    "on_conflict",
    "reading",
    "hashes",
)


@dataclass
class StateFile:
    """A file that always holds a complete state. Without a path no state is kept."""

    path: Path | None

    def begin(self, new: State, *, resume: bool) -> State:
        """Return the state of the interrupted run if ``resume`` is true, else the new state.

        Raises:
            ClickException: there is an interrupted run and ``resume`` is false, or no run can be
                resumed.
        """
        if self.path is None or not self.path.exists():
            if resume:
                raise click.ClickException("there is no interrupted run to resume")
            return new
        kept = _read_state(self.path, type(new))
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


def _read_state(path: Path, kind: type[State]) -> State:
    try:
        return kind(**orjson.loads(path.read_bytes()))
    except (TypeError, ValueError):
        raise click.ClickException(f"{path} is damaged; delete it and start again") from None


def make_import_state(path: Path | None, options: ImportOptions, target: str) -> ImportState:
    """Return the state of a new import. Standard input has no size."""
    status = path.stat() if path else None
    return ImportState(
        target=target,
        format=options["format_name"] or "",
        chunk_rows=_limit_chunk_rows(options),
        file_size=status.st_size if status else 0,
        file_modified_ns=status.st_mtime_ns if status else 0,
        on_conflict=OnConflict.UPDATE if options["update"] else OnConflict.REPORT,
        reading=" ".join(str(options[name]) for name in READING),
        run=secrets.token(),
        dry_run=options["dry_run"],
    )


def _limit_chunk_rows(options: ImportOptions) -> int:
    """Return the number of rows in a chunk, at most as many as a request may update."""
    if options["update"]:
        return min(options["chunk_rows"] or UPDATE_ROWS, MAX_UPDATE_ROWS)
    return options["chunk_rows"] or CHUNK_ROWS
