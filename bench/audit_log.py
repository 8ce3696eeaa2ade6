"""Pages of the audit log: the first and the deepest, of all events and by each filter."""

from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

import psycopg
from psycopg import sql

from api.core.cursors import Cursors
from bench.accounts import connect_database
from bench.pages import DEEPEST, FIRST, PAGE_ROWS, measure_queries
from bench.report import Figure, at_most
from bench.testbed import Testbed

PATH = "/api/audit-events"

# A hundred events per second until now, by a thousand actors, about a hundred thousand accounts.
# The ids are UUIDs of version 7.
INSERT_EVENTS = """
INSERT INTO audit_events
    (id, at, event, actor_id, actor_kind, credential_id, subject_id, request_id, address, details)
SELECT overlay(overlay(md5(n::text) PLACING lpad(to_hex((extract(epoch FROM at) * 1000)::bigint),
               12, '0') FROM 1) PLACING '7' FROM 13)::uuid,
       at, CASE WHEN n < %(last)s / 10 THEN 'user.created'
                WHEN mod(n, 50) = 0 THEN 'user.deleted' ELSE 'login.succeeded' END,
       md5(mod(n, 1000)::text)::uuid, 'user', md5('credential' || mod(n, 3000))::uuid,
       md5(mod(n, 100000)::text)::uuid, md5((n / 40)::text),
       '192.0.2.7', '{"changed": ["status"], "status": "suspended"}'
FROM (SELECT n, now() - make_interval(secs => (%(last)s::int - n) / 100.0) AS at
      FROM generate_series(1, %(last)s::int) AS n) AS events
"""
SELECT_INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'ix_audit_events_%'"
)
MAX_INDEXED_FILTERS = 1  # further filters are tested row by row
FREQUENT, RARE, OLD = "login.succeeded", "user.deleted", "user.created"


class Filter(NamedTuple):
    """A filter: the parameters of the query, and the column values that they mean."""

    name: str
    query: dict[str, str]
    columns: dict[str, object]


def measure(testbed: Testbed, events: int, rounds: int) -> Iterator[Figure]:
    administrator = testbed.service.administrator
    with connect_database(testbed.service) as connection:
        insert_events(connection, events)
        filters = list(_list_filters(connection))
        secret = testbed.service.settings["encryption_key"]
        pages = {
            name: query
            for each in filters
            for name, query in _make_queries(connection, secret, each)
        }
    times = measure_queries(administrator, pages, rounds, path=PATH)
    for name, milliseconds in times.items():
        yield Figure(f"{name}, {events:,} events", median(milliseconds), "ms")
    for each in filters:
        first, deepest = (times.get(f"{page} {each.name}") for page in (FIRST, DEEPEST))
        if deepest:
            name = f"deepest page to first {each.name}, {events:,} events"
            target = at_most(1.2) if len(each.query) <= MAX_INDEXED_FILTERS else None
            yield Figure(name, median(deepest) / median(first), "", target)


def insert_events(connection: psycopg.Connection, events: int) -> None:
    """Insert events, and create the indexes afterwards, which is faster."""
    indexes = connection.execute(SELECT_INDEXES).fetchall()
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    connection.execute(INSERT_EVENTS, {"last": events})
    for _, definition in indexes:
        connection.execute(definition)
    connection.execute("VACUUM (ANALYZE) audit_events")  # as the server does from time to time


def _list_filters(connection: psycopg.Connection) -> Iterator[Filter]:
    columns = "at, actor_id, credential_id, subject_id, request_id"
    oldest = f"SELECT {columns} FROM audit_events ORDER BY at LIMIT 1"
    at, actor, credential, subject, request = connection.execute(oldest).fetchone()
    yield Filter("of all", {}, {})
    yield Filter("since the beginning", {"after": at.isoformat()}, {})
    yield Filter("by actor", {"actor": str(actor)}, {"actor_id": actor})
    yield Filter("by credential", {"credential": str(credential)}, {"credential_id": credential})
    yield Filter("by subject", {"subject": str(subject)}, {"subject_id": subject})
    yield Filter("by request", {"request_id": request}, {"request_id": request})
    yield Filter("by a frequent action", {"action": FREQUENT}, {"event": FREQUENT})
    yield Filter("by a rare action", {"action": RARE}, {"event": RARE})
    yield Filter("by an action of long ago", {"action": OLD}, {"event": OLD})
    combined = {"actor": str(actor), "action": RARE}
    yield Filter(
        "that nothing matches, by actor and action", combined, {"actor_id": actor, "event": RARE}
    )


def _make_queries(
    connection: psycopg.Connection, secret: str, filter_: Filter
) -> Iterator[tuple[str, dict[str, str]]]:
    """Return the query of the first page, and of the deepest page if there are several."""
    yield f"{FIRST} {filter_.name}", filter_.query
    position = _find_position_before_last_page(connection, filter_)
    if position:
        cursor = Cursors(secret).write("-at", *position)
        yield f"{DEEPEST} {filter_.name}", {**filter_.query, "cursor": cursor}


def _find_position_before_last_page(
    connection: psycopg.Connection, filter_: Filter
) -> tuple | None:
    conditions = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in filter_.columns]
    position = sql.SQL("SELECT at, id FROM audit_events WHERE {} ORDER BY at, id OFFSET {} LIMIT 1")
    query = position.format(sql.SQL(" AND ").join([sql.SQL("true"), *conditions]), PAGE_ROWS)
    return connection.execute(query, list(filter_.columns.values())).fetchone()
