"""Whether the time that a failed login takes tells an account from none (check L-02).

``python -m bench.login_timing``. Pairs are interleaved, so that whatever else the machine does
meets both alike. The suite of attacks counts hashes and statements instead, which no noise changes.
"""

from collections.abc import Iterator
from itertools import count, cycle
from statistics import median
from time import perf_counter

import httpx

from bench.crowd import fill
from bench.report import Figure, between
from bench.stage import Stage, stage

PAIRS = 200
WARM = 10  # pairs that do not count

numbers = count(1)


def measure(stage: Stage) -> Iterator[Figure]:
    """Compare wrong passwords of accounts with passwords of nobody."""
    settings = stage.settings(workers=1, redis_url=None, login_attempts=1_000_000)
    service = stage.launch(settings)
    known = cycle(account.username for account in fill(service, 10))  # none of them pauses yet
    with httpx.Client(base_url=service.url, trust_env=False, timeout=30) as client:
        pairs = ((next(known), stranger()) for _ in range(PAIRS + WARM))
        told = [(seconds(client, one), seconds(client, other)) for one, other in pairs]
    existing, unknown = (list(times) for times in zip(*told[WARM:], strict=True))
    ratio, area = median(existing) / median(unknown), area_under_curve(existing, unknown)
    yield Figure("failed login of an account to one of nobody", ratio, "", between(0.9, 1.1))
    yield Figure("area under the curve of telling them apart", area, "", between(0.40, 0.60))


def stranger() -> str:
    """Return a name that nobody has, a new one each time, as an attacker's would be."""
    return f"nobody{next(numbers)}"


def seconds(client: httpx.Client, username: str) -> float:
    began = perf_counter()
    answer = client.post("/api/login", json={"username": username, "password": "not the password"})
    took = perf_counter() - began
    if answer.status_code != httpx.codes.UNAUTHORIZED:
        raise ValueError(f"{username} was answered {answer.status_code}")
    return took


def area_under_curve(some: list[float], others: list[float]) -> float:
    """Return how likely one of these takes longer than one of those (Mann and Whitney's U)."""
    longer = sum((one > other) + (one == other) / 2 for one in some for other in others)
    return longer / (len(some) * len(others))


if __name__ == "__main__":
    with stage() as opened:
        for figure in measure(opened):
            met = figure.target is None or figure.target.met_by(float(figure.value))
            print(f"{figure.name}: {figure.value:.3f}", "" if met else "(missed)")
