"""Sealing and verifying, as the commands do it, within the context of an application."""

from sqlalchemy import select

from api.audit import chain, verification
from api.audit.chain import BEGINNING
from api.audit.models import AuditEvent, ChainEntry
from api.core.database import autocommit, in_transaction


def seal_all(place=BEGINNING):
    """Seal as the command does, and return how many facts were linked."""
    number = 0
    while place is not None:
        sealed = in_transaction(lambda after=place: chain.seal_batch(after))
        number, place = number + sealed.number, sealed.next
    return number


def seal_new():
    with autocommit() as connection:
        place = chain.find_start(connection)
    return seal_all(place)


def head():
    with autocommit() as connection:
        return chain.read_head(connection)


def links():
    """Return the position and the event of every link."""
    with autocommit() as connection:
        rows = select(ChainEntry.position, ChainEntry.event_id).order_by(ChainEntry.position)
        return [tuple(row) for row in connection.execute(rows)]


def damage(noted=None):
    return list(verification.find_damage(noted))


def of(fact):
    return AuditEvent.id == fact.id


def at(position):
    return ChainEntry.position == position
