"""The audit trail: the first page and the deepest, of all of it and by each filter."""

from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

import psycopg
from psycopg import sql

from api.core.cursors import Cursors
from bench.crowd import database
from bench.pages import FIRST, MAX_DEPTH, PAGE, in_turn
from bench.report import Figure, at_most
from bench.stage import Stage

PATH = "/api/audit-events"

# A hundred a second, up to now; ids are UUIDs of version 7. A thousand act on a hundred thousand.
FILL = """
INSERT INTO audit_events (id, at, event, actor_id, subject_id, request_id, address, details)
SELECT overlay(overlay(md5(n::text) PLACING lpad(to_hex((extract(epoch FROM at) * 1000)::bigint),
               12, '0') FROM 1) PLACING '7' FROM 13)::uuid,
       at, CASE WHEN n < %(last)s / 10 THEN 'user.created'
                WHEN mod(n, 50) = 0 THEN 'user.deleted' ELSE 'login.succeeded' END,
       md5(mod(n, 1000)::text)::uuid, md5(mod(n, 100000)::text)::uuid, md5((n / 40)::text),
       '192.0.2.7', '{"changed": ["status"], "status": "suspended"}'
FROM (SELECT n, now() - make_interval(secs => (%(last)s::int - n) / 100.0) AS at
      FROM generate_series(1, %(last)s::int) AS n) AS moments
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'ix_audit_events_%'"
SEVERAL = 2  # filters, of which the database takes one and tries the others on what it finds
FREQUENT, RARE, PAST = "login.succeeded", "user.deleted", "user.created"


class Filter(NamedTuple):
    """What is asked for: the parameters of the query, and what the columns then hold."""

    name: str
    query: dict[str, str]
    columns: dict[str, object]


def measure(stage: Stage, events: int, times: int) -> Iterator[Figure]:
    """Ask for each page in turn, over and over."""
    administrator = stage.service.administrator  # saved by who seals cursors alike
    with database(stage.service) as connection:
        fill(connection, events)
        filters = list(_filters(connection))
        pages = {
            name: page
            for each in filters
            for name, page in _pages(connection, stage.service.settings["encryption_key"], each)
        }
    told = in_turn(administrator, pages, times, path=PATH)
    for name, spent in told.items():
        yield Figure(f"{name}, {events:,} events", median(spent), "ms")
    for each in filters:
        first, last = (told.get(f"{which} {each.name}") for which in (FIRST, MAX_DEPTH))
        if last:
            name = f"deepest page to first {each.name}, {events:,} events"
            target = at_most(1.2) if len(each.query) < SEVERAL else None
            yield Figure(name, median(last) / median(first), "", target)


def fill(connection: psycopg.Connection, events: int) -> None:
    """Write events, and their indexes after them, which takes a fraction of the time."""
    indexes = connection.execute(INDEXES).fetchall()
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    connection.execute(FILL, {"last": events})
    for _, made in indexes:
        connection.execute(made)
    connection.execute("VACUUM (ANALYZE) audit_events")  # as the server does in time


def _filters(connection: psycopg.Connection) -> Iterator[Filter]:
    oldest = "SELECT at, actor_id, subject_id, request_id FROM audit_events ORDER BY at LIMIT 1"
    began, principal, subject, request = connection.execute(oldest).fetchone()
    yield Filter("of all", {}, {})
    yield Filter("since the beginning", {"after": began.isoformat()}, {})
    yield Filter("by actor", {"actor": str(principal)}, {"actor_id": principal})
    yield Filter("by subject", {"subject": str(subject)}, {"subject_id": subject})
    yield Filter("by request", {"request_id": request}, {"request_id": request})
    yield Filter("by a frequent action", {"action": FREQUENT}, {"event": FREQUENT})
    yield Filter("by a rare action", {"action": RARE}, {"event": RARE})
    yield Filter("by an action of long ago", {"action": PAST}, {"event": PAST})
    both = {"actor": str(principal), "action": RARE}
    yield Filter(
        "that nothing matches, by actor and action", both, {"actor_id": principal, "event": RARE}
    )


def _pages(
    connection: psycopg.Connection, secret: str, wanted: Filter
) -> Iterator[tuple[str, dict[str, str]]]:
    """Return the query of the first page, and of the deepest where there are several."""
    yield f"{FIRST} {wanted.name}", wanted.query
    place = _place_before_last_page(connection, wanted)
    if place:
        cursor = Cursors(secret).write("-at", *place)
        yield f"{MAX_DEPTH} {wanted.name}", {**wanted.query, "cursor": cursor}


def _place_before_last_page(connection: psycopg.Connection, wanted: Filter) -> tuple | None:
    equal = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in wanted.columns]
    place = sql.SQL("SELECT at, id FROM audit_events WHERE {} ORDER BY at, id OFFSET {} LIMIT 1")
    query = place.format(sql.SQL(" AND ").join([sql.SQL("true"), *equal]), PAGE)
    return connection.execute(query, list(wanted.columns.values())).fetchone()
