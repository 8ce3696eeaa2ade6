"""Whether the time of a response reveals that an e-mail address is registered (R-01).

Pairs of a known and an unknown address are sent by turns: in a registration, and in a request for
another mail. `login_timing.py` describes the figures. ``python -m bench.address_timing`` measures
only this.
"""

import http.client
import json
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

from bench.accounts import PASSWORD, Account, insert_accounts
from bench.load import BenchmarkError
from bench.login_timing import PAIRS, WARM_UP_PAIRS, compute_area_under_curve
from bench.report import Figure, between
from bench.testbed import Testbed, open_testbed
from tests.service import launch

Body = dict[str, str]


def measure(testbed: Testbed, pairs: int = PAIRS) -> Iterator[Figure]:
    settings = testbed.make_settings(email_verification="required")
    service = launch(testbed.directory, settings)
    testbed.stack.callback(service.close)
    accounts = insert_accounts(service, 2 * (pairs + WARM_UP_PAIRS))
    half = len(accounts) // 2
    for path, body, known in (
        ("/api/register", _make_registration, accounts[:half]),
        ("/api/email/verify/resend", _make_request, accounts[half:]),
    ):
        first, second = _measure(service.port, path, body, known)
        name = f"POST {path}: a known address to an unknown one"
        yield Figure(f"{name}, {pairs} pairs", median(first) / median(second), "")
        area = compute_area_under_curve(first, second)
        yield Figure(f"POST {path}: area under the curve", area, "", between(0.4, 0.6))


def _make_registration(email: str, number: int) -> Body:
    return {"username": f"new{number}", "email": email, "password": PASSWORD}


def _make_request(email: str, _: int) -> Body:
    return {"email": email}


def _measure(
    port: int, path: str, make_body: Callable[[str, int], Body], known: list[Account]
) -> tuple[list[float], list[float]]:
    """Return the times with known and with unknown addresses; each is sent once."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times: tuple[list[float], list[float]] = ([], [])
    for number, account in enumerate(known):
        emails = (f"{account.username}@example.org", f"x{account.username}@example.org")
        order = (0, 1) if number % 2 else (1, 0)  # so that neither is always the second
        for kind in order:
            body = make_body(emails[kind], 2 * number + kind)
            times[kind].append(_send(connection, path, body))
    return times[0][WARM_UP_PAIRS:], times[1][WARM_UP_PAIRS:]


def _send(connection: http.client.HTTPConnection, path: str, body: Body) -> float:
    content = json.dumps(body)
    started_at = perf_counter()
    connection.request("POST", path, content, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    if response.status != http.client.ACCEPTED:
        raise BenchmarkError(f"{path} has the status {response.status}")
    return perf_counter() - started_at


if __name__ == "__main__":
    with open_testbed() as testbed:
        for figure in measure(testbed):
            print(figure)
