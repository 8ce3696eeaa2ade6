"""Exchanges of refresh tokens, beside reads: each writes a row, and none may be lost."""

from collections.abc import Iterator
from statistics import median

from bench.crowd import session, token
from bench.load import Load, run
from bench.report import Figure, at_least
from bench.stage import Stage

CLIENTS = 16


def measure(stage: Stage, rounds: int, seconds: int) -> Iterator[Figure]:
    """Ask in turn, with one client for both: each refresh has a token of its own to send."""
    url, somebody = stage.service.url, stage.accounts[0]
    reads = Load(
        f"{url}/api/me", seconds, CLIENTS, headers=token(stage.service, somebody), wrk=False
    )
    run(reads)  # until what is loaded late has been loaded
    told = [(run(reads), run(_refreshes(stage, seconds))) for _ in range(rounds)]
    yield Figure("refreshes", median(refreshed.rate for _, refreshed in told), "requests/s")
    yield Figure("their p99", median(refreshed.p99 for _, refreshed in told), "ms")
    ratio = median(refreshed.rate / read.rate for read, refreshed in told)
    yield Figure("refreshes to GET /api/me, by the same client", ratio, "", at_least(0.6))


def _refreshes(stage: Stage, seconds: int) -> Load:
    sessions = [session(stage.service, account) for account in stage.accounts[:CLIENTS]]
    bodies = [{"refresh_token": opened.refresh_token} for opened in sessions]
    url = f"{stage.service.url}/api/refresh"
    return Load(url, seconds, bodies=bodies, carried="refresh_token")
