"""Lists of users: the first page, the deepest page, searches and counts."""

import http.client
from collections.abc import Iterator
from statistics import median
from time import perf_counter
from urllib.parse import urlencode

import orjson

from api.core.cursors import Cursors
from bench.accounts import connect_database, insert_accounts
from bench.load import BenchmarkError
from bench.report import Figure, at_most
from bench.testbed import Testbed
from tests.support import Person

FEW_USERS = 1000
PAGE_ROWS = 20
WARM_UP_ROUNDS = 4  # until every worker has prepared its statements
FIRST, DEEPEST = "first page", "deepest page"
Queries = dict[str, dict[str, str]]


def measure(testbed: Testbed, users: int, rounds: int) -> Iterator[Figure]:
    """Measure pages of a thousand users, then pages, searches and counts of ``users``."""
    yield from _measure_pages(testbed, FEW_USERS, rounds, {})
    insert_accounts(testbed.service, users, first=FEW_USERS + 1)
    searches = {
        "search that one matches": {"q": testbed.accounts[0].username},
        "search that no user matches": {"q": "unknown"},
        "search that all match": {"q": "person"},
        "search that a thousandth match": {"q": "f9f"},
        "the same, by name": {"q": "f9f", "sort": "username"},
        "search by a frequent domain": {"domain": "example.org"},
        "search by an unknown domain": {"domain": "unknown.example"},
        "first page with a count": {"count": "true"},
        "search with a count": {"q": "ff", "count": "true"},
    }
    yield from _measure_pages(testbed, users, rounds, searches)


def _measure_pages(
    testbed: Testbed, users: int, rounds: int, searches: Queries
) -> Iterator[Figure]:
    pages = {FIRST: {}, DEEPEST: {"cursor": _make_last_cursor(testbed)}}
    times = measure_queries(testbed.service.administrator, {**pages, **searches}, rounds)
    for name, milliseconds in times.items():
        limit = at_most(20) if name.startswith("search by") or " match" in name else None
        yield Figure(f"{name}, {users:,} users", median(milliseconds), "ms", limit)
    ratio = median(times[DEEPEST]) / median(times[FIRST])
    yield Figure(f"deepest page to first, {users:,} users", ratio, "", at_most(1.2))


def _make_last_cursor(testbed: Testbed) -> str:
    """Return the cursor of the last page, as a client has it that has read all pages before."""
    _ = testbed.service.administrator  # is saved, and is the newest user
    position = (
        "SELECT created_at, id FROM users ORDER BY created_at DESC, id DESC OFFSET %s LIMIT 1"
    )
    with connect_database(testbed.service) as connection:
        created_at, user_id = connection.execute(position, [PAGE_ROWS]).fetchone()
    cursors = Cursors(testbed.service.settings["encryption_key"])
    return cursors.write("created_at", created_at, user_id)


def measure_queries(
    administrator: Person, queries: Queries, rounds: int, path: str = "/api/users"
) -> dict[str, list[float]]:
    """Send the queries by turns, and return the milliseconds of each, one per round."""
    connection = http.client.HTTPConnection(administrator.client.http.base_url.netloc.decode())
    times: dict[str, list[float]] = {name: [] for name in queries}
    for _ in range(WARM_UP_ROUNDS + rounds):
        for name, query in queries.items():
            started_at = perf_counter()
            target = f"{path}?{urlencode(query)}"
            connection.request("GET", target, headers=administrator.headers)
            response = connection.getresponse()
            body = response.read()
            times[name].append(1000 * (perf_counter() - started_at))
            is_last = name.startswith(DEEPEST)
            if response.status != http.client.OK or (is_last and orjson.loads(body)["next"]):
                raise BenchmarkError(f"{name}: {response.status} {body!r}")
    return {name: milliseconds[WARM_UP_ROUNDS:] for name, milliseconds in times.items()}
