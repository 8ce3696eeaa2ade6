"""The hash chain that seals the audit log, so that changes to the log are detected.

Recording an event does not wait for the chain: ``rollbook audit seal`` adds entries for new events
later. Each entry has a digest of the previous digest and of its event.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, tuple_

from api.audit import formats
from api.audit.models import ROW_COLUMNS, AuditEvent, AuditEventRow, ChainEntry
from api.core.database import db

BATCH_ROWS = 1000  # so that memory and statements stay small, however long the log is
COMMIT_MARGIN = timedelta(hours=1)  # an event may be committed this long after its time
LOCK_CHAIN = "SELECT pg_advisory_xact_lock(7655264327)"  # a number that no other lock uses


class LogPosition(NamedTuple):
    """A position in the audit log, which is ordered by time and id."""

    at: datetime
    id: UUID


class ChainHead(NamedTuple):
    """The last entry of the chain. A copy kept elsewhere reveals that the end was cut off."""

    position: int
    digest: str

    def __str__(self) -> str:
        return f"{self.position}:{self.digest}"


class SealedBatch(NamedTuple):
    """How many events were sealed, and where to continue if there may be more."""

    event_count: int
    next: LogPosition | None


BEGINNING = LogPosition(datetime.min.replace(tzinfo=UTC), UUID(int=0))
EMPTY = ChainHead(0, "0" * 64)


def read_head(connection: Connection) -> ChainHead:
    """Return the last entry of the chain."""
    newest = select(ChainEntry.position, ChainEntry.digest).order_by(ChainEntry.position.desc())
    found = connection.execute(newest.limit(1)).first()
    return ChainHead(*found) if found else EMPTY


def find_start(connection: Connection) -> LogPosition:
    """Return the position after which there can be events that are not sealed.

    It is before the earliest event of the last entries. If a clock ran ahead, the last entry alone
    would skip events.
    """
    last = select(ChainEntry.event_id).order_by(ChainEntry.position.desc()).limit(BATCH_ROWS)
    last_ids = last.subquery()
    earliest = select(func.min(AuditEvent.at)).join(last_ids, last_ids.c.event_id == AuditEvent.id)
    at = connection.scalar(earliest)
    return LogPosition(at - COMMIT_MARGIN, UUID(int=0)) if at else BEGINNING


def seal_batch(after: LogPosition) -> SealedBatch:
    """Seal the next events that are not sealed yet, in the current transaction.

    A process waits while another one seals.
    """
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        connection.exec_driver_sql(LOCK_CHAIN)
    rows = read_batch(connection, after)
    unsealed = [AuditEventRow(*row[:-1]) for row in rows if not row.is_sealed]
    if entries := _make_entries(unsealed, read_head(connection)):
        connection.execute(insert(ChainEntry), entries)
    last = rows[-1] if len(rows) == BATCH_ROWS else None
    return SealedBatch(len(entries), LogPosition(last.at, last.id) if last else None)


def read_batch(connection: Connection, after: LogPosition) -> Sequence[Any]:
    """Return the next events in order, with a column ``is_sealed``."""
    position = tuple_(AuditEvent.at, AuditEvent.id)
    following = select(*ROW_COLUMNS).where(position > tuple_(*after)).order_by(*position.clauses)
    events = following.limit(BATCH_ROWS).subquery()
    is_sealed = ChainEntry.position.is_not(None).label("is_sealed")
    joined = select(events, is_sealed).outerjoin(ChainEntry, ChainEntry.event_id == events.c.id)
    return connection.execute(joined.order_by(events.c.at, events.c.id)).all()


def _make_entries(rows: list[AuditEventRow], head: ChainHead) -> list[dict[str, Any]]:
    entries = []
    for row in rows:
        digest = formats.compute_digest(head.digest, row, formats.CURRENT)
        head = ChainHead(head.position + 1, digest)
        entries.append({**head._asdict(), "event_id": row.id, "format": formats.CURRENT})
    return entries
