"""Whether the time of a failed login tells if the account exists (L-02 of the security checks).

Pairs of a known and an unknown name are tried in turn, each with a wrong password. Where the time
tells nothing, the medians are alike, and a time picked from one kind is as often longer as shorter
than one from the other: the area under the curve (Mann-Whitney) is a half.

``python -m bench.login_timing`` measures it alone.
"""

import http.client
import json
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from bench.crowd import Account
from bench.load import Failed
from bench.report import Figure, between
from bench.stage import Stage, stage

PAIRS = 200
WARM = 10  # pairs that do not count
WRONG = "not the password of anyone"


def measure(stage: Stage, pairs: int = PAIRS) -> Iterator[Figure]:
    known, unknown = failures(stage, pairs)
    yield Figure(
        f"failed login of a known name to an unknown one, {pairs} pairs",
        median(known) / median(unknown),
        "",
        between(0.9, 1.1),
    )
    yield Figure("area under the curve", area_under_curve(known, unknown), "", between(0.4, 0.6))


def failures(stage: Stage, pairs: int) -> tuple[list[float], list[float]]:
    """Return the times of failed logins of known and of unknown names.

    Every account is tried once, since five failures close it for a while.
    """
    connection = http.client.HTTPConnection("127.0.0.1", stage.service.port)
    people = stage.accounts[-pairs - WARM :]
    strangers = [Account(one.id, f"no{one.username}") for one in people]
    told: tuple[list[float], list[float]] = ([], [])
    for turn, pair in enumerate(zip(people, strangers, strict=True)):
        order = (0, 1) if turn % 2 else (1, 0)  # neither is always the second
        for kind in order:
            told[kind].append(_failure(connection, pair[kind]))
    return told[0][WARM:], told[1][WARM:]


def _failure(connection: http.client.HTTPConnection, account: Account) -> float:
    body = json.dumps(account.credentials(WRONG))
    began = perf_counter()
    connection.request("POST", "/api/login", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != http.client.UNAUTHORIZED:
        raise Failed(f"a login with a wrong password was answered by {answer.status}")
    return perf_counter() - began


def area_under_curve(some: list[float], others: list[float]) -> float:
    """Return how often one of ``some`` is longer than one of ``others``; a tie counts half."""
    pairs = [(one, other) for one in some for other in others]
    return sum((one > other) + (one == other) / 2 for one, other in pairs) / len(pairs)


if __name__ == "__main__":
    with stage() as ready:
        for figure in measure(ready):
            print(figure)
