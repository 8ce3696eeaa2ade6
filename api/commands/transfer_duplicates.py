"""Finding rows of different chunks with the same names in a dry run.

A dry run writes nothing, so the target does not know the rows of earlier chunks. Their names are
kept in a temporary database, so that a file of any size is checked with little memory.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import orjson

from api.core.errors import ValidationError
from api.core.identifiers import email_key, username_key
from api.transfer.chunks import Chunk
from api.transfer.row import Row
from api.transfer.service import ImportResult, Outcome, RowResult

SCHEMA = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, members BLOB);
CREATE TABLE names (name BLOB PRIMARY KEY, kind TEXT, account INTEGER) WITHOUT ROWID;
CREATE INDEX names_account ON names (account, kind);
"""
FIND = "SELECT id, members FROM names JOIN accounts ON id = account WHERE name = ?"
DUPLICATE = ValidationError(
    "", "conflict", "has the id or a name of an earlier row with other members"
)


class EarlierRows:
    """The names of the rows that earlier chunks would create."""

    def __init__(self, *, update: bool) -> None:
        self.database = sqlite3.connect("")  # a temporary file, deleted when it is closed
        self.database.executescript(SCHEMA)
        self.update = update

    def close(self) -> None:
        self.database.close()

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
        return _add_results(result, changed)

    def _compare(self, row: Row) -> Outcome | None:
        """Return the outcome of a row with a name of an earlier row. Otherwise keep its names."""
        names, members = dict(_list_names(row)), _digest(row.members)
        found = (self.database.execute(FIND, (name,)).fetchone() for name in names.values())
        account, known = next(filter(None, found), (None, None))
        if account is not None and known == members:
            return Outcome.UNCHANGED
        if account is not None and not self.update:
            return Outcome.CONFLICT
        self._keep(account, names, members)
        return None if account is None else Outcome.UPDATED

    def _keep(self, account: int | None, names: dict[str, bytes], members: bytes) -> None:
        """Keep the names of a new account, or give an account other names."""
        insert = "INSERT OR REPLACE INTO accounts VALUES (?, ?)"
        account = self.database.execute(insert, (account, members)).lastrowid
        for kind, name in names.items():
            self.database.execute(
                "DELETE FROM names WHERE account = ? AND kind = ?", (account, kind)
            )
            self.database.execute(
                "INSERT OR REPLACE INTO names VALUES (?, ?, ?)", (name, kind, account)
            )


def _add_results(result: ImportResult, changed: list[RowResult]) -> ImportResult:
    outcomes = [row.outcome for row in changed]
    return replace(
        result,
        created=result.created - len(changed),
        updated=result.updated + outcomes.count(Outcome.UPDATED),
        unchanged=result.unchanged + outcomes.count(Outcome.UNCHANGED),
        conflicts=result.conflicts + outcomes.count(Outcome.CONFLICT),
        rows=[*result.rows, *changed],
    )


def _list_names(row: Row) -> Iterator[tuple[str, bytes]]:
    """Yield the names of a row by kind, in the order in which they identify its account."""
    members = row.members if isinstance(row.members, dict) else {}
    if members.get("id"):
        yield "id", _digest(["id", str(members["id"]).lower()])
    if members.get("external_id"):
        source = members.get("external_source")
        yield "external_id", _digest(["external_id", source, members["external_id"]])
    if members.get("email"):
        yield "email", _digest(["email", email_key(members["email"])])
    if members.get("username"):
        yield "username", _digest(["username", username_key(members["username"])])


def _digest(value: object) -> bytes:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()[:16]
