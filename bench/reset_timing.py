"""Whether the time of a request about a forgotten password reveals an account (V-01).

An unknown address, and those of a verified, an unverified and a suspended account are sent by
turns. If the time reveals nothing, the area under the curve (Mann-Whitney) of each kind of account
against the unknown addresses is a half.

``python -m bench.reset_timing`` measures only this.
"""

import http.client
import json
from collections.abc import Iterator
from time import perf_counter

from api.core import clock
from bench.load import BenchmarkError
from bench.login_timing import PAIRS, WARM_UP_PAIRS, compute_area_under_curve
from bench.report import Figure, between
from bench.testbed import Testbed, open_testbed

UNKNOWN = "unknown"
ACCOUNTS = {
    "verified": {"email_verified_at": clock.now()},
    "unverified": {},
    "suspended": {"status": "suspended"},
}


def measure(testbed: Testbed, pairs: int = PAIRS) -> Iterator[Figure]:
    times = measure_requests(testbed, pairs)
    for kind in ACCOUNTS:
        area = compute_area_under_curve(times[kind], times[UNKNOWN])
        name = f"forgotten password, {kind} account to an unknown one, {pairs} pairs: area"
        yield Figure(name, area, "", between(0.4, 0.6))


def measure_requests(testbed: Testbed, pairs: int) -> dict[str, list[float]]:
    """Return the times by kind. Each address is sent once, because its mails are limited."""
    numbers = range(pairs + WARM_UP_PAIRS)
    for kind, profile in ACCOUNTS.items():
        for number in numbers:
            testbed.service.local_service.save(f"{kind}-{number}", **profile)
    kinds = [UNKNOWN, *ACCOUNTS]
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    connection = http.client.HTTPConnection("127.0.0.1", testbed.service.port)
    for number in numbers:
        first = number % len(kinds)  # so that each kind is as often the first
        for kind in kinds[first:] + kinds[:first]:
            times[kind].append(_request_reset(connection, f"{kind}-{number}@example.org"))
    return {kind: values[WARM_UP_PAIRS:] for kind, values in times.items()}


def _request_reset(connection: http.client.HTTPConnection, email: str) -> float:
    """Send a request, and return the seconds until the response."""
    body = json.dumps({"email": email})
    started_at = perf_counter()
    connection.request("POST", "/api/password/forgot", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    if response.status != http.client.ACCEPTED:
        raise BenchmarkError(
            f"a request about a forgotten password has the status {response.status}"
        )
    return perf_counter() - started_at


if __name__ == "__main__":
    with open_testbed() as testbed:
        for figure in measure(testbed):
            print(figure)
