"""Whether the time of an invitation reveals that the e-mail address has an account (R-01).

Pairs of a known and an unknown address are invited by turns, as ``bench.login_timing`` does.
``python -m bench.invitation_timing`` measures only this.
"""

import http.client
import json
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from bench.load import BenchmarkError
from bench.login_timing import compute_area_under_curve
from bench.report import Figure, between
from bench.testbed import Testbed, open_testbed

PAIRS = 400
WARM_UP_PAIRS = 20


def measure(testbed: Testbed, pairs: int = PAIRS) -> Iterator[Figure]:
    known, unknown = measure_invitations(testbed, pairs)
    yield Figure(
        f"invitation of a known e-mail address to an unknown one, {pairs} pairs",
        median(known) / median(unknown),
        "",
        between(0.9, 1.1),
    )
    area = compute_area_under_curve(known, unknown)
    yield Figure("area under the curve", area, "", between(0.4, 0.6))


def measure_invitations(testbed: Testbed, pairs: int) -> tuple[list[float], list[float]]:
    """Return the times of invitations to known and to unknown addresses, each invited once."""
    connection = http.client.HTTPConnection("127.0.0.1", testbed.service.port)
    names = [account.username for account in testbed.accounts[-pairs - WARM_UP_PAIRS :]]
    times: tuple[list[float], list[float]] = ([], [])
    for number, name in enumerate(names):
        addresses = (f"{name}@example.org", f"no{name[2:]}@example.org")
        order = (0, 1) if number % 2 else (1, 0)  # so that neither is always the second
        for kind in order:
            times[kind].append(_invite(testbed, connection, addresses[kind]))
    return times[0][WARM_UP_PAIRS:], times[1][WARM_UP_PAIRS:]


def _invite(testbed: Testbed, connection: http.client.HTTPConnection, email: str) -> float:
    """Invite an address, and return the seconds until the response."""
    headers = {**testbed.service.administrator.headers, "Content-Type": "application/json"}
    started_at = perf_counter()
    connection.request("POST", "/api/invitations", json.dumps({"email": email}), headers)
    response = connection.getresponse()
    response.read()
    if response.status != http.client.CREATED:
        raise BenchmarkError(f"an invitation has the status {response.status}")
    return perf_counter() - started_at


if __name__ == "__main__":
    with open_testbed() as testbed:
        for figure in measure(testbed):
            print(figure)
