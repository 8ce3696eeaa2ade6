"""Logins: how near they come to argon2 alone, and what they leave of everyone's reads."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from os import sched_getaffinity
from statistics import median

from argon2 import PasswordHasher

from bench.crowd import PASSWORD, stored, token
from bench.load import Answered, Load, Running, run
from bench.report import Figure, at_least, at_most
from bench.stage import Stage

CLIENTS = 8


def measure(stage: Stage, rounds: int, seconds: int) -> Iterator[Figure]:
    logins = Load(
        f"{stage.service.url}/api/login",
        seconds,
        bodies=[account.credentials() for account in stage.accounts[:CLIENTS]],
    )
    reads = Load(
        f"{stage.service.url}/api/me",
        seconds,
        headers=token(stage.service, stage.accounts[CLIENTS]),
    )
    run(logins)  # until what is loaded late has been loaded
    told = [
        (verified(seconds), run(logins), run(reads), _together(logins, reads))
        for _ in range(rounds)
    ]
    yield Figure("argon2 verifications", median(raw for raw, *_ in told), "/s")
    yield Figure("logins", median(alone.rate for _, alone, *_ in told), "/s")
    ratio = median(alone.rate / raw for raw, alone, *_ in told)
    yield Figure("logins to argon2 verifications", ratio, "", at_least(0.85))
    kept = median(beside.rate / alone.rate for *_, alone, beside in told)
    yield Figure(f"reads kept while {CLIENTS} clients log in", 100 * kept, "%", at_least(70))
    slow = median(beside.p99 for *_, beside in told)
    yield Figure("their p99", slow, "ms", at_most(50))


def _together(logins: Load, reads: Load) -> Answered:
    """Return how reads go while logins never pause."""
    logging_in = Running(logins)
    beside = run(reads)
    logging_in.result()
    return beside


def verified(seconds: int) -> float:
    """Return how many verifications a second all cores make with nothing else to do."""
    hasher, known = PasswordHasher(), stored()
    cores = len(sched_getaffinity(0))

    def verify_until(end: float) -> int:
        count = 0
        while time.perf_counter() < end:
            count += hasher.verify(known, PASSWORD)
        return count

    began = time.perf_counter()
    with ThreadPoolExecutor(cores) as threads:
        count = sum(threads.map(verify_until, [began + seconds] * cores))
    return count / (time.perf_counter() - began)
