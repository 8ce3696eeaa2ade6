"""Sealing and verifying the audit log, as the commands do."""

from sqlalchemy import select

from api.audit import chain, verification
from api.audit.chain import BEGINNING
from api.audit.models import AuditEvent, ChainEntry
from api.core.database import autocommit, in_transaction


def seal_all(position=BEGINNING):
    """Seal all events after the position, and return how many were sealed."""
    count = 0
    while position is not None:
        sealed = in_transaction(lambda after=position: chain.seal_batch(after))
        count, position = count + sealed.event_count, sealed.next
    return count


def seal_new():
    """Seal the events that can be new, and return how many were sealed."""
    with autocommit() as connection:
        position = chain.find_start(connection)
    return seal_all(position)


def read_head():
    with autocommit() as connection:
        return chain.read_head(connection)


def read_entries():
    """Return the position and the event id of each chain entry."""
    with autocommit() as connection:
        rows = select(ChainEntry.position, ChainEntry.event_id).order_by(ChainEntry.position)
        return [tuple(row) for row in connection.execute(rows)]


def find_damage(known_head=None):
    return list(verification.find_damage(known_head))


def has_id(event):
    return AuditEvent.id == event.id


def has_position(position):
    return ChainEntry.position == position
