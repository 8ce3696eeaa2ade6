"""Lists: the first page and the deepest, a search and a count, of few users and of many."""

import http.client
from collections.abc import Iterator
from statistics import median
from time import perf_counter
from urllib.parse import urlencode

import orjson

from api.core.cursors import Cursors
from bench.crowd import database, fill
from bench.load import Failed
from bench.report import Figure, at_most
from bench.stage import Stage
from tests.support import Person

FEW = 1000
PAGE = 20
WARM = 4  # times, until every worker has prepared its statements
FIRST, MAX_DEPTH = "first page", "deepest page"
Queries = dict[str, dict[str, str]]


def measure(stage: Stage, many: int, times: int) -> Iterator[Figure]:
    """Ask for each page in turn, over and over; at ``many`` users, for searches and a count too."""
    yield from _of(stage, FEW, times, {})
    fill(stage.service, many, first=FEW + 1)
    searches = {
        "search that one matches": {"q": stage.accounts[0].username},
        "search that nobody matches": {"q": "nobody"},
        "search that all match": {"q": "person"},
        "search that a sixteenth match": {"q": "f"},
        "the same, by name": {"q": "f", "sort": "username"},  # where all of them stand at the end
        "first page with a count": {"count": "true"},
        "search with a count": {"q": "ff", "count": "true"},
    }
    yield from _of(stage, many, times, searches)


def _of(stage: Stage, users: int, times: int, more: Queries) -> Iterator[Figure]:
    pages = {FIRST: {}, MAX_DEPTH: {"cursor": _last_cursor(stage)}}
    told = in_turn(stage.service.administrator, {**pages, **more}, times)
    for name, spent in told.items():
        yield Figure(f"{name}, {users:,} users", median(spent), "ms")
    ratio = median(told[MAX_DEPTH]) / median(told[FIRST])
    yield Figure(f"deepest page to first, {users:,} users", ratio, "", at_most(1.2))


def _last_cursor(stage: Stage) -> str:
    """Return the cursor of the last page, as someone gets it who has read all pages before."""
    _ = stage.service.administrator  # the newest user, saved by who seals cursors alike
    place = "SELECT created_at, id FROM users ORDER BY created_at DESC, id DESC OFFSET %s LIMIT 1"
    with database(stage.service) as connection:
        moment, user_id = connection.execute(place, [PAGE]).fetchone()
    return Cursors(stage.service.settings["encryption_key"]).write("created_at", moment, user_id)


def in_turn(
    administrator: Person, queries: Queries, times: int, path: str = "/api/users"
) -> dict[str, list[float]]:
    """Return how long each query took each time, in milliseconds."""
    connection = http.client.HTTPConnection(administrator.client.http.base_url.netloc.decode())
    told: dict[str, list[float]] = {name: [] for name in queries}
    for _ in range(WARM + times):
        for name, query in queries.items():
            began = perf_counter()
            asked = f"{path}?{urlencode(query)}"
            connection.request("GET", asked, headers=administrator.headers)
            answer = connection.getresponse()
            body = answer.read()
            told[name].append(1000 * (perf_counter() - began))
            is_last = name.startswith(MAX_DEPTH)
            if answer.status != http.client.OK or (is_last and orjson.loads(body)["next"]):
                raise Failed(f"{name}: {answer.status} {body!r}")
    return {name: spent[WARM:] for name, spent in told.items()}
