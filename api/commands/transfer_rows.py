"""Reading the rows of the file that is imported, which may be the export of another system."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from api.commands.transfer_options import ImportOptions
from api.commands.transfer_sources import Source
from api.passwords.imported import add_pepper
from api.transfer.formats import Format, read_rows
from api.transfer.layouts import ACCOUNTS
from api.transfer.origins import ORIGINS, Mapping, map_file
from api.transfer.row import Row


@dataclass(frozen=True)
class Reading:
    """How the rows of a file are read, and what is changed in them."""

    declared: Format | None
    origin: str | None
    keep_ids: bool | None
    pepper: str | None
    source: str | None = None

    def read(self, source: Source) -> "SourceRows":
        """Return the rows of a file.

        Raises:
            InvalidRequest: as ``read_rows``.
        """
        origin = ORIGINS[self.origin] if self.origin else None
        layout = origin.layout if origin else ACCOUNTS
        file = read_rows(source.content, self.declared, layout=layout)
        rows, mapping = file.rows, None
        if origin:
            keep_ids = origin.keeps_ids if self.keep_ids is None else self.keep_ids
            mapping = Mapping(origin, keep_ids, self.source)
            rows = map_file(file, mapping)
        if self.pepper:
            rows = _add_peppers(rows, self.pepper)
        return SourceRows(rows, file.warnings, file, mapping)


@dataclass(frozen=True)
class SourceRows:
    """The rows of a file. ``file`` keeps it open."""

    rows: Iterator[Row]
    warnings: tuple[str, ...]
    file: object
    mapping: Mapping | None = None

    @property
    def skipped(self) -> int:
        """The number of records before the current row that are not users."""
        return self.mapping.skipped if self.mapping else 0


def make_reading(options: ImportOptions, pepper: str | None) -> Reading:
    format_name = options["format_name"]
    declared = Format(format_name) if format_name else None
    return Reading(declared, options["origin"], options["keep_ids"], pepper, options["source"])


def _add_peppers(rows: Iterable[Row], pepper: str) -> Iterator[Row]:
    for row in rows:
        password_hash = get_hash(row)
        if password_hash is not None and isinstance(row.members, dict):
            peppered = add_pepper(password_hash, pepper)
            yield row._replace(members={**row.members, "password_hash": peppered})
        else:
            yield row


def get_hash(row: Row) -> str | None:
    """Return the password hash of a row, if it has one."""
    value = row.members.get("password_hash") if isinstance(row.members, dict) else None
    return value if isinstance(value, str) else None
