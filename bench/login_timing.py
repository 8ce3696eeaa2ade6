"""Whether the time of a failed login reveals that the account exists (L-02).

Pairs of a known and an unknown name log in by turns, each with a wrong password. If the time
reveals nothing, the medians are equal, and a time of one kind is as often longer as shorter than a
time of the other kind: the area under the curve (Mann-Whitney) is a half.

This is measured for a plain failure, for the failure with which a pause begins (the owner of an
account then gets a mail), and for a login during the pause.

``python -m bench.login_timing`` measures only this.
"""

import http.client
import json
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from bench.accounts import Account, insert_accounts
from bench.load import BenchmarkError
from bench.report import Figure, between
from bench.testbed import Testbed, open_testbed
from tests.service import Service

PAIRS = 200
WARM_UP_PAIRS = 10
WRONG_PASSWORD = "not the password of anyone"


Times = tuple[list[float], list[float]]  # in seconds, with known and with unknown names


def measure(testbed: Testbed, pairs: int = PAIRS) -> Iterator[Figure]:
    accounts = testbed.accounts[-pairs - WARM_UP_PAIRS :]
    failures = measure_failed_logins(testbed.service, accounts)
    yield from report("failed login", failures, pairs)
    with testbed.start_service(login_attempts=1) as service:
        accounts = insert_accounts(service, pairs + WARM_UP_PAIRS)
        yield from report(
            "login that begins a pause", measure_failed_logins(service, accounts), pairs
        )
        paused = measure_failed_logins(service, accounts, http.client.TOO_MANY_REQUESTS)
        yield from report("login during a pause", paused, pairs)


def report(what: str, times: Times, pairs: int) -> Iterator[Figure]:
    known, unknown = times
    yield Figure(
        f"{what} of a known name to an unknown one, {pairs} pairs",
        median(known) / median(unknown),
        "",
        between(0.9, 1.1),
    )
    area = compute_area_under_curve(known, unknown)
    yield Figure(f"area under the curve, {what}", area, "", between(0.4, 0.6))


def measure_failed_logins(
    service: Service, known: list[Account], status: int = http.client.UNAUTHORIZED
) -> Times:
    """Return the times of failed logins with known and with unknown names.

    Each account is tried once, because several failures pause its logins.
    """
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    unknown = [Account(account.id, f"no{account.username}") for account in known]
    times: Times = ([], [])
    for number, pair in enumerate(zip(known, unknown, strict=True)):
        order = (0, 1) if number % 2 else (1, 0)  # so that neither is always the second
        for kind in order:
            times[kind].append(_fail_to_log_in(connection, pair[kind], status))
    return times[0][WARM_UP_PAIRS:], times[1][WARM_UP_PAIRS:]


def _fail_to_log_in(connection: http.client.HTTPConnection, account: Account, status: int) -> float:
    """Log in with a wrong password, and return the seconds until the response."""
    body = json.dumps(account.credentials(WRONG_PASSWORD))
    started_at = perf_counter()
    connection.request("POST", "/api/login", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    if response.status != status:
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
