"""Whether the trail is still what was sealed: each fact and each link is held to the chain."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from api.audit import chain
from api.audit.chain import BATCH, BEGINNING, EMPTY, Head, Place, digest
from api.audit.models import FACT, AuditEvent, AuditLink, Fact
from api.core.database import autocommit


class Harm(StrEnum):
    CHANGED = "the event was changed"
    MISSING = "the event is missing"
    LINK_ALTERED = "the link was altered"
    LINK_MISSING = "the link is missing"
    OTHER_HEAD = "the link is not the one that was noted"


class Damage(NamedTuple):
    """What is wrong, and with which event. Missing links name none, and can be many in a row."""

    position: int
    event_id: UUID | None
    harm: Harm
    last: int | None = None

    def __str__(self) -> str:
        positions = f"{self.position} to {self.last}" if self.last else self.position
        of_event = f" ({self.event_id})" if self.event_id else ""
        return f"{positions}: {self.harm}{of_event}"


class Suspect(NamedTuple):
    """A fact that does not fit its link. Only the next link tells which of them is wrong."""

    position: int
    event_id: UUID
    due: str  # the digest that the link should have


class Link(NamedTuple):
    position: int
    event_id: UUID
    digest: str
    fact: Fact | None


def damage(noted: Head | None = None) -> Iterator[Damage]:
    """Go along the chain from its beginning, and tell all that is wrong.

    ``noted`` is the head as it was at some time, kept out of reach of who could change the chain:
    without it a chain whose end was cut off, or that was made anew, looks like any other.
    """
    before, suspect = EMPTY, None
    for link in _links():
        yield from _gap(before.position, link.position)
        after_gap = link.position > before.position + 1
        found, suspect = _hold(link, None if after_gap else before.digest, suspect)
        yield from found
        before = Head(link.position, link.digest)
        if noted and before.position == noted.position and before != noted:
            yield Damage(link.position, link.event_id, Harm.OTHER_HEAD)
    yield from _convicted(suspect)
    if noted:
        yield from _gap(before.position, noted.position + 1)


def unsealed() -> int:
    """Count the facts that have no link yet."""
    count, place = 0, BEGINNING
    with autocommit() as connection:
        while facts := chain.batch(connection, place):
            count += sum(not fact.linked for fact in facts)
            place = Place(facts[-1].at, facts[-1].id)
    return count


def _gap(before: int, position: int) -> Iterator[Damage]:
    """Tell of the links between two positions that should follow each other."""
    first, last = before + 1, position - 1
    if first <= last:
        yield Damage(first, None, Harm.LINK_MISSING, last if last > first else None)


def _hold(
    link: Link, previous: str | None, suspect: Suspect | None
) -> tuple[list[Damage], Suspect | None]:
    """Hold a link to its fact and to the digest before it, and judge the suspect before it."""
    if link.fact is None:
        return [*_convicted(suspect), Damage(link.position, link.event_id, Harm.MISSING)], None
    if previous is None:  # nothing to hold it to
        return [*_convicted(suspect)], None
    due = digest(previous, link.fact)
    if due == link.digest:
        return [*_convicted(suspect)], None
    if suspect and digest(suspect.due, link.fact) == link.digest:
        return [*_convicted(suspect, Harm.LINK_ALTERED)], None
    return [*_convicted(suspect)], Suspect(link.position, link.event_id, due)


def _convicted(suspect: Suspect | None, harm: Harm = Harm.CHANGED) -> Iterator[Damage]:
    if suspect:
        yield Damage(suspect.position, suspect.event_id, harm)


def _links() -> Iterator[Link]:
    position = 0
    with autocommit() as connection:
        while rows := _batch(connection, position):
            for number, event_id, kept, *columns in rows:
                yield Link(number, event_id, kept, Fact(*columns) if columns[0] else None)
            position = rows[-1].position


def _batch(connection: Connection, after: int) -> Sequence[Any]:
    columns = (AuditLink.position, AuditLink.event_id, AuditLink.digest)
    following = select(*columns).where(AuditLink.position > after).order_by(AuditLink.position)
    links = following.limit(BATCH).subquery()
    joined = select(links, *FACT).outerjoin(AuditEvent, AuditEvent.id == links.c.event_id)
    return connection.execute(joined.order_by(links.c.position)).all()
