"""Whether the time of a failed login reveals that the account exists (L-02).

Pairs of a known and an unknown name log in by turns, each with a wrong password. If the time
reveals nothing, the medians are equal, and a time of one kind is as often longer as shorter than a
time of the other kind: the area under the curve (Mann-Whitney) is a half.

``python -m bench.login_timing`` measures only this.
"""

import http.client
import json
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from bench.accounts import Account
from bench.load import BenchmarkError
from bench.report import Figure, between
from bench.testbed import Testbed, open_testbed

PAIRS = 200
WARM_UP_PAIRS = 10
WRONG_PASSWORD = "not the password of anyone"


def measure(testbed: Testbed, pairs: int = PAIRS) -> Iterator[Figure]:
    known, unknown = measure_failed_logins(testbed, pairs)
    yield Figure(
        f"failed login of a known name to an unknown one, {pairs} pairs",
        median(known) / median(unknown),
        "",
        between(0.9, 1.1),
    )
    area = compute_area_under_curve(known, unknown)
    yield Figure("area under the curve", area, "", between(0.4, 0.6))


def measure_failed_logins(testbed: Testbed, pairs: int) -> tuple[list[float], list[float]]:
    """Return the times of failed logins with known and with unknown names.

    Each account is tried once, because five failures lock it for a while.
    """
    connection = http.client.HTTPConnection("127.0.0.1", testbed.service.port)
    known = testbed.accounts[-pairs - WARM_UP_PAIRS :]
    unknown = [Account(account.id, f"no{account.username}") for account in known]
    times: tuple[list[float], list[float]] = ([], [])
    for number, pair in enumerate(zip(known, unknown, strict=True)):
        order = (0, 1) if number % 2 else (1, 0)  # so that neither is always the second
        for kind in order:
            times[kind].append(_fail_to_log_in(connection, pair[kind]))
    return times[0][WARM_UP_PAIRS:], times[1][WARM_UP_PAIRS:]


def _fail_to_log_in(connection: http.client.HTTPConnection, account: Account) -> float:
    """Log in with a wrong password, and return the seconds until the response."""
    body = json.dumps(account.credentials(WRONG_PASSWORD))
    started_at = perf_counter()
    connection.request("POST", "/api/login", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    if response.status != http.client.UNAUTHORIZED:
        raise BenchmarkError(f"a login with a wrong password has the status {response.status}")
    return perf_counter() - started_at


def compute_area_under_curve(first: list[float], second: list[float]) -> float:
    """Return the share of pairs in which the first time is longer; a tie counts half."""
    pairs = [(one, other) for one in first for other in second]
    return sum((one > other) + (one == other) / 2 for one, other in pairs) / len(pairs)


if __name__ == "__main__":
    with open_testbed() as testbed:
        for figure in measure(testbed):
            print(figure)
