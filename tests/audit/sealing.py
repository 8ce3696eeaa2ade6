"""Sealing and verifying, as the commands do it, within the context of an application."""

from sqlalchemy import select

from api.audit import chain, verification
from api.audit.chain import BEGINNING
from api.audit.models import AuditEvent, AuditLink
from api.core.database import autocommit, in_transaction


def seal_all(place=BEGINNING):
    """Seal as the command does, and return how many facts were linked."""
    number = 0
    while place is not None:
        sealed = in_transaction(lambda after=place: chain.seal(after))
        number, place = number + sealed.number, sealed.onwards
    return number


def seal_new():
    with autocommit() as connection:
        place = chain.start(connection)
    return seal_all(place)


def head():
    with autocommit() as connection:
        return chain.head(connection)


def links():
    """Return the position and the event of every link."""
    with autocommit() as connection:
        rows = select(AuditLink.position, AuditLink.event_id).order_by(AuditLink.position)
        return [tuple(row) for row in connection.execute(rows)]


def damage(noted=None):
    return list(verification.damage(noted))


def of(fact):
    return AuditEvent.id == fact.id


def at(position):
    return AuditLink.position == position
