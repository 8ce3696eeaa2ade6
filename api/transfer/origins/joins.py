"""Joining two arrays of one JSON file, such as users and their accounts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from api.transfer.json_rows import read_member
from api.transfer.origins.drafts import Draft
from api.transfer.row import Row


@dataclass(frozen=True)
class Join:
    """An array whose records belong to users.

    ``key`` is the member with the id of the user. ``kept`` are the members that are needed, so that
    little is kept in memory. The records of a user become the member ``name``.
    """

    name: str
    key: str
    kept: tuple[str, ...]


def join_rows(rows: Iterable[Row], text: TextIO, join: Join) -> Iterator[Row]:
    """Yield the rows with the records that belong to them. ``text`` is at its start."""
    records: defaultdict[str | None, list[dict[str, str | None]]] = defaultdict(list)
    for row in read_member(text, join.name):
        record = Draft(join.name, row.members if isinstance(row.members, dict) else {})
        kept = {name: record.take_text(name) for name in join.kept}
        records[record.take_text(join.key)].append(kept)
    text.seek(0)
    for row in rows:
        found = records.get(_read_id(row)) if isinstance(row.members, dict) else None
        if found and isinstance(row.members, dict):
            yield row._replace(members={**row.members, join.name: found})
        else:
            yield row


def _read_id(row: Row) -> str | None:
    return Draft("", row.members if isinstance(row.members, dict) else {}).take_text("id")
