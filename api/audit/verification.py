"""Verifying the audit log: each event and each chain entry is compared with the chain."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from api.audit import chain, formats
from api.audit.chain import BATCH_ROWS, BEGINNING, EMPTY, ChainHead, LogPosition
from api.audit.models import ROW_COLUMNS, AuditEvent, AuditEventRow, ChainEntry
from api.core.database import autocommit


class DamageKind(StrEnum):
    EVENT_CHANGED = "the event was changed"
    EVENT_MISSING = "the event is missing"
    ENTRY_CHANGED = "the chain entry was changed"
    ENTRY_MISSING = "the chain entry is missing"
    FORMAT_UNKNOWN = "the chain entry has a format that this version does not know"
    OTHER_HEAD = "the chain entry is not the one in the given head"


class Damage(NamedTuple):
    """What is wrong, and with which event.

    Missing entries have no event id. They can be a range, which ends with ``last``.
    """

    position: int
    event_id: UUID | None
    kind: DamageKind
    last: int | None = None

    def __str__(self) -> str:
        positions = f"{self.position} to {self.last}" if self.last else self.position
        of_event = f" ({self.event_id})" if self.event_id else ""
        return f"{positions}: {self.kind}{of_event}"


class Suspect(NamedTuple):
    """An entry that does not match its event. The next entry shows which of the two was changed."""

    position: int
    event_id: UUID
    expected: str  # the digest that the entry should have


class SealedEvent(NamedTuple):
    """A chain entry with its event, or None if the event is missing."""

    position: int
    event_id: UUID
    digest: str
    format: int
    row: AuditEventRow | None


def find_damage(known_head: ChainHead | None = None) -> Iterator[Damage]:
    """Read the chain from its beginning, and return everything that is wrong.

    ``known_head`` is the head at an earlier time. Keep it where an attacker who can change the
    chain cannot change it. Without it, a chain that was cut off or sealed again looks intact.
    """
    before, suspect = EMPTY, None
    for entry in _read_entries():
        yield from _find_gap(before.position, entry.position)
        after_gap = entry.position > before.position + 1
        found, suspect = _verify_entry(entry, None if after_gap else before.digest, suspect)
        yield from found
        before = ChainHead(entry.position, entry.digest)
        if known_head and before.position == known_head.position and before != known_head:
            yield Damage(entry.position, entry.event_id, DamageKind.OTHER_HEAD)
    yield from _report_suspect(suspect)
    if known_head:
        yield from _find_gap(before.position, known_head.position + 1)


def count_unsealed() -> int:
    """Count the events that have no chain entry yet."""
    count, position = 0, BEGINNING
    with autocommit() as connection:
        while rows := chain.read_batch(connection, position):
            count += sum(not row.is_sealed for row in rows)
            position = LogPosition(rows[-1].at, rows[-1].id)
    return count


def _find_gap(before: int, position: int) -> Iterator[Damage]:
    """Report the entries that are missing between two positions."""
    first, last = before + 1, position - 1
    if first <= last:
        yield Damage(first, None, DamageKind.ENTRY_MISSING, last if last > first else None)


def _verify_entry(
    entry: SealedEvent, previous: str | None, suspect: Suspect | None
) -> tuple[list[Damage], Suspect | None]:
    """Compare an entry with its event and the previous digest, and decide about the suspect."""
    here = (entry.position, entry.event_id)
    if entry.row is None:
        return [*_report_suspect(suspect), Damage(*here, DamageKind.EVENT_MISSING)], None
    if entry.format not in formats.FORMATS:
        return [*_report_suspect(suspect), Damage(*here, DamageKind.FORMAT_UNKNOWN)], None
    if previous is None:  # after a gap there is no digest to compute with
        return [*_report_suspect(suspect)], None
    expected = formats.compute_digest(previous, entry.row, entry.format)
    if expected == entry.digest:
        return [*_report_suspect(suspect)], None
    if suspect and entry.digest == formats.compute_digest(
        suspect.expected, entry.row, entry.format
    ):
        return [*_report_suspect(suspect, DamageKind.ENTRY_CHANGED)], None
    return [*_report_suspect(suspect)], Suspect(*here, expected)


def _report_suspect(
    suspect: Suspect | None, kind: DamageKind = DamageKind.EVENT_CHANGED
) -> Iterator[Damage]:
    if suspect:
        yield Damage(suspect.position, suspect.event_id, kind)


def _read_entries() -> Iterator[SealedEvent]:
    position = 0
    with autocommit() as connection:
        while rows := _read_batch(connection, position):
            for number, event_id, digest, format_number, *columns in rows:
                row = AuditEventRow(*columns) if columns[0] else None
                yield SealedEvent(number, event_id, digest, format_number, row)
            position = rows[-1].position


def _read_batch(connection: Connection, after: int) -> Sequence[Any]:
    columns = (ChainEntry.position, ChainEntry.event_id, ChainEntry.digest, ChainEntry.format)
    following = select(*columns).where(ChainEntry.position > after).order_by(ChainEntry.position)
    entries = following.limit(BATCH_ROWS).subquery()
    joined = select(entries, *ROW_COLUMNS)
    joined = joined.outerjoin(AuditEvent, AuditEvent.id == entries.c.event_id)
    return connection.execute(joined.order_by(entries.c.position)).all()
