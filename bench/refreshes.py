"""Exchanges of refresh tokens, compared with reads. Each exchange writes a row."""

from collections.abc import Iterator
from statistics import median

from bench.accounts import make_headers, open_session
from bench.load import Load, run_load
from bench.report import Figure, at_least
from bench.testbed import Testbed

CLIENTS = 16


def measure(testbed: Testbed, rounds: int, seconds: int) -> Iterator[Figure]:
    """Measure both by turns, with the client that can send a token of its own per connection."""
    url, headers = testbed.service.url, make_headers(testbed.service, testbed.accounts[0])
    reads = Load(f"{url}/api/me", seconds, CLIENTS, headers=headers, allow_wrk=False)
    run_load(reads)  # a warm-up
    results = [
        (run_load(reads), run_load(_make_refreshes(testbed, seconds))) for _ in range(rounds)
    ]
    yield Figure("refreshes", median(refresh.rate for _, refresh in results), "requests/s")
    yield Figure("p99 of refreshes", median(refresh.p99 for _, refresh in results), "ms")
    ratio = median(refresh.rate / read.rate for read, refresh in results)
    yield Figure("refreshes to GET /api/me, by the same client", ratio, "", at_least(0.6))


def _make_refreshes(testbed: Testbed, seconds: int) -> Load:
    sessions = [open_session(testbed.service, account) for account in testbed.accounts[:CLIENTS]]
    bodies = [{"refresh_token": tokens.refresh_token} for tokens in sessions]
    url = f"{testbed.service.url}/api/refresh"
    return Load(url, seconds, bodies=bodies, carried_member="refresh_token")
