"""Logins, compared with argon2 alone, and reads while clients log in."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from os import sched_getaffinity
from statistics import median
from typing import NamedTuple

from argon2 import PasswordHasher

from bench.accounts import PASSWORD, hash_password, make_headers
from bench.load import Load, LoadResult, RunningLoad, run_load
from bench.report import Figure, at_least, at_most
from bench.testbed import Testbed

CLIENTS = 8


class Round(NamedTuple):
    verifications: float  # per second, with argon2 alone
    logins: LoadResult
    reads: LoadResult
    reads_during_logins: LoadResult


def measure(testbed: Testbed, rounds: int, seconds: int) -> Iterator[Figure]:
    logins, reads = _make_loads(testbed, seconds)
    run_load(logins)  # a warm-up
    results = [
        Round(
            measure_verifications(seconds),
            run_load(logins),
            run_load(reads),
            _run_reads_during_logins(logins, reads),
        )
        for _ in range(rounds)
    ]
    yield Figure("argon2 verifications", median(it.verifications for it in results), "/s")
    yield Figure("logins", median(it.logins.rate for it in results), "/s")
    ratio = median(it.logins.rate / it.verifications for it in results)
    yield Figure("logins to argon2 verifications", ratio, "", at_least(0.85))
    kept = median(it.reads_during_logins.rate / it.reads.rate for it in results)
    yield Figure(f"reads kept while {CLIENTS} clients log in", 100 * kept, "%", at_least(70))
    p99 = median(it.reads_during_logins.p99 for it in results)
    yield Figure("p99 of these reads", p99, "ms", at_most(50))


def _make_loads(testbed: Testbed, seconds: int) -> tuple[Load, Load]:
    """Return the load of logins and the load of reads."""
    service, accounts = testbed.service, testbed.accounts
    bodies = [account.credentials() for account in accounts[:CLIENTS]]
    headers = make_headers(service, accounts[CLIENTS])
    return (
        Load(f"{service.url}/api/login", seconds, bodies=bodies),
        Load(f"{service.url}/api/me", seconds, headers=headers),
    )


def _run_reads_during_logins(logins: Load, reads: Load) -> LoadResult:
    running = RunningLoad(logins)
    result = run_load(reads)
    running.wait()
    return result


def measure_verifications(seconds: int) -> float:
    """Return the passwords per second that all cores verify if they do nothing else."""
    hasher, known = PasswordHasher(), hash_password()
    cores = len(sched_getaffinity(0))

    def verify_until(end: float) -> int:
        count = 0
        while time.perf_counter() < end:
            count += hasher.verify(known, PASSWORD)
        return count

    started_at = time.perf_counter()
    with ThreadPoolExecutor(cores) as threads:
        count = sum(threads.map(verify_until, [started_at + seconds] * cores))
    return count / (time.perf_counter() - started_at)
