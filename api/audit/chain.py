"""The chain that facts are sealed into, so that nobody changes one unnoticed.

Whoever records a fact never waits for the chain: it grows afterwards, when somebody seals. A link
holds the SHA-256 of the digest before it, in hexadecimal, and of the fact in its canonical form.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, tuple_

from api.audit.models import FACT, AuditEvent, AuditLink, Fact
from api.core.database import db

BATCH = 1000  # facts at a time, so that memory and statements stay small however long the trail is
MARGIN = timedelta(hours=1)  # in which a transaction that began earlier may still commit
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7655264327)"  # any number that nobody else takes


class Place(NamedTuple):
    """Where in the trail somebody is."""

    at: datetime
    id: UUID


class Head(NamedTuple):
    """The end of the chain. Whoever keeps it elsewhere notices when the end has been cut off."""

    position: int
    digest: str

    def __str__(self) -> str:
        return f"{self.position}:{self.digest}"


class Sealed(NamedTuple):
    """How many facts were linked, and where to go on, if there may be more."""

    number: int
    onwards: Place | None


BEGINNING = Place(datetime.min.replace(tzinfo=UTC), UUID(int=0))
EMPTY = Head(0, "0" * 64)


def canonical(fact: Fact) -> bytes:
    """Return the one text of a fact: JSON in ASCII, names sorted, no blanks, moments in UTC."""
    moment = fact.at.astimezone(UTC).replace(tzinfo=None)
    told = fact._asdict() | {"at": moment.isoformat(timespec="microseconds") + "Z"}
    return json.dumps(told, default=str, sort_keys=True, separators=(",", ":")).encode()


def digest(previous: str, fact: Fact) -> str:
    return sha256(previous.encode() + canonical(fact)).hexdigest()


def head(connection: Connection) -> Head:
    newest = select(AuditLink.position, AuditLink.digest).order_by(AuditLink.position.desc())
    found = connection.execute(newest.limit(1)).first()
    return Head(*found) if found else EMPTY


def start(connection: Connection) -> Place:
    """Return from where on there can be facts without a link.

    Of the last links the earliest fact counts: one with a clock that ran ahead leads nobody past
    the others.
    """
    last = select(AuditLink.event_id).order_by(AuditLink.position.desc()).limit(BATCH).subquery()
    earliest = select(func.min(AuditEvent.at)).join(last, last.c.event_id == AuditEvent.id)
    moment = connection.scalar(earliest)
    return Place(moment - MARGIN, UUID(int=0)) if moment else BEGINNING


def seal(after: Place) -> Sealed:
    """Link the next facts of the trail that have no link yet, in one transaction.

    Two who seal at once take turns.
    """
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":  # on SQLite only one writes anyhow
        connection.exec_driver_sql(ONE_AT_A_TIME)
    facts = batch(connection, after)
    links = _links([Fact(*row[:-1]) for row in facts if not row.linked], head(connection))
    if links:
        connection.execute(insert(AuditLink), links)
    last = facts[-1] if len(facts) == BATCH else None
    return Sealed(len(links), Place(last.at, last.id) if last else None)


def batch(connection: Connection, after: Place) -> Sequence[Any]:
    """Return the next facts in order, each with whether it is ``linked``."""
    place = tuple_(AuditEvent.at, AuditEvent.id)
    onwards = select(*FACT).where(place > tuple_(*after)).order_by(*place.clauses).limit(BATCH)
    facts = onwards.subquery()
    linked = AuditLink.position.is_not(None).label("linked")
    joined = select(facts, linked).outerjoin(AuditLink, AuditLink.event_id == facts.c.id)
    return connection.execute(joined.order_by(facts.c.at, facts.c.id)).all()


def _links(facts: list[Fact], last: Head) -> list[dict[str, Any]]:
    links = []
    for fact in facts:
        last = Head(last.position + 1, digest(last.digest, fact))
        links.append({"position": last.position, "event_id": fact.id, "digest": last.digest})
    return links
