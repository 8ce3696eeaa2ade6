"""Finding rows of different chunks with the same names.

A dry run writes nothing, so the target does not know the rows of earlier chunks. An update must
not give the account of an earlier row to a later one. Their names are kept in a temporary database,
so that a file of any size is checked with little memory.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace

import orjson

from api.commands.transfer_rows import get_hash
from api.core.errors import ValidationError
from api.core.identifiers import email_key, username_key
from api.core.validation_rules import ValidationRule
from api.transfer.chunks import Chunk
from api.transfer.outcomes import Outcome
from api.transfer.row import Row
from api.transfer.service import ImportResult, RowResult
from api.users.models import Status

SCHEMA = "CREATE TABLE names (name BLOB PRIMARY KEY, members BLOB) WITHOUT ROWID"
FIND = "SELECT members FROM names WHERE name = ?"
INSERT = "INSERT OR REPLACE INTO names VALUES (?, ?)"
IDENTIFIERS = ("id", "external_id", "email", "username")
DUPLICATE = ValidationError(
    "", ValidationRule.CONFLICT, "has the id or a name of an earlier row with other members"
)


class EarlierRows:
    """The names of earlier rows."""

    def __init__(self) -> None:
        self.database = sqlite3.connect("")  # a temporary file, deleted when it is closed
        self.database.executescript(SCHEMA)

    def close(self) -> None:
        self.database.close()

    def mark_repeated(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows. One with a name of an earlier row and other members gets an error.

        So the outcome of an update does not depend on how the rows are split into chunks.
        """
        for row in rows:
            if not row.errors and self._compare(row) == Outcome.CONFLICT:
                yield row._replace(errors=(DUPLICATE,))
            else:
                yield row

    def correct(self, chunk: Chunk, result: ImportResult) -> ImportResult:
        """Return the result of a chunk with what the import of the earlier rows would change."""
        reported = {row.line for row in result.rows}
        created = [row for number, row in enumerate(chunk.sent, 1) if number not in reported]
        numbers = {id(row): number for number, row in enumerate(chunk.sent, 1)}
        found = [(numbers[id(row)], self._compare(row)) for row in created]
        changed = [
            RowResult(number, outcome, errors=[DUPLICATE] if outcome == Outcome.CONFLICT else None)
            for number, outcome in found
            if outcome is not None
        ]
        repeated = [chunk.sent[row.line - 1] for row in changed]
        return _add_results(result, changed, repeated)

    def _compare(self, row: Row) -> Outcome | None:
        """Return the outcome of a row with a name of an earlier row. Otherwise keep its names."""
        names, members = list(_list_names(row)), _digest(row.members)
        found = (self.database.execute(FIND, (name,)).fetchone() for name in names)
        known = next(filter(None, found), None)
        if known is None:
            self._keep(names, members)
            return None
        return Outcome.UNCHANGED if known == (members,) else Outcome.CONFLICT

    def _keep(self, names: list[bytes], members: bytes) -> None:
        self.database.executemany(INSERT, ((name, members) for name in names))


def _add_results(
    result: ImportResult, changed: list[RowResult], repeated: list[Row]
) -> ImportResult:
    """Return the result with other outcomes of repeated rows, which the target would create."""
    outcomes = [row.outcome for row in changed]
    return replace(
        result,
        created=result.created - len(changed),
        unchanged=result.unchanged + outcomes.count(Outcome.UNCHANGED),
        conflicts=result.conflicts + outcomes.count(Outcome.CONFLICT),
        without_password=result.without_password - sum(get_hash(row) is None for row in repeated),
        without_login=result.without_login - sum(not _allows_login(row) for row in repeated),
        rows=[*result.rows, *changed],
    )


def _allows_login(row: Row) -> bool:
    """Return whether the user of a row without errors can log in, as ``Account.allows_login``."""
    members = row.members if isinstance(row.members, dict) else {}
    is_active = members.get("status") in {None, Status.ACTIVE} and not members.get("deleted_at")
    return is_active and get_hash(row) is not None


def _list_names(row: Row) -> Iterator[bytes]:
    """Yield the digests of the names of a row, in the order in which they identify its account."""
    members = row.members if isinstance(row.members, dict) else {}
    names = {name: members[name] for name in IDENTIFIERS if isinstance(members.get(name), str)}
    if "id" in names:
        yield _digest(["id", names["id"].lower()])
    if "external_id" in names:
        yield _digest(["external_id", members.get("external_source"), names["external_id"]])
    if "email" in names:
        yield _digest(["email", email_key(names["email"])])
    if "username" in names:
        yield _digest(["username", username_key(names["username"])])


def _digest(value: object) -> bytes:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()[:16]
