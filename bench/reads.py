"""``GET /api/me``, compared with a bare WSGI application and with the quick-start build."""

from collections.abc import Iterator
from statistics import median

from bench.accounts import make_headers
from bench.load import Load, LoadResult, run_load
from bench.report import Figure, at_least
from bench.testbed import Server, Testbed


def measure(testbed: Testbed, rounds: int, seconds: int) -> Iterator[Figure]:
    """Measure the servers by turns, so that other work on the machine slows all of them."""
    headers = make_headers(testbed.service, testbed.accounts[0])
    service = Server("GET /api/me", f"{testbed.service.url}/api/me", headers)
    others = [testbed.start_bare(), testbed.start_quickstart()]
    results = run_by_turns([service, *others], rounds, seconds)
    own = results[service.name]
    yield Figure("GET /api/me", median(result.rate for result in own), "requests/s")
    yield Figure("p99 of GET /api/me", median(result.p99 for result in own), "ms")
    for server, target in zip(others, (at_least(0.05), at_least(5)), strict=True):
        other = results[server.name]
        yield Figure(server.name, median(result.rate for result in other), "requests/s")
        ratio = median(mine.rate / theirs.rate for mine, theirs in zip(own, other, strict=True))
        yield Figure(f"GET /api/me to {server.name}", ratio, "", target)


def run_by_turns(servers: list[Server], rounds: int, seconds: int) -> dict[str, list[LoadResult]]:
    for server in servers:  # a warm-up
        run_load(Load(server.url, 1, headers=server.headers))
    results: dict[str, list[LoadResult]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            load = Load(server.url, seconds, headers=server.headers)
            results[server.name].append(run_load(load))
    return results
