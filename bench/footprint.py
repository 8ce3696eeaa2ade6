"""The memory of the service, and the time until it answers."""

import http.client
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from bench.report import Figure, at_most
from bench.testbed import Testbed
from tests.hostile.processes import process_tree
from tests.processes import start, stop
from tests.service import ROOT, environment_of

STARTS = 3
START_TIMEOUT_SECONDS = 20
POLL_SECONDS = 0.002
IDLE_SECONDS = 2


def measure_memory(testbed: Testbed, after: str) -> Iterator[Figure]:
    """Measure the memory of all processes after some work, and again when they are idle."""
    processes = list(process_tree(testbed.service.process.pid))
    name = f"memory of {len(processes)} processes"
    yield Figure(f"{name} right after {after}", _measure_mebibytes(processes), "MiB")
    sleep(IDLE_SECONDS)
    idle = _measure_mebibytes(processes)
    yield Figure(f"{name} at rest after {after}", idle, "MiB", at_most(180))


def _measure_mebibytes(processes: list[int]) -> float:
    """Add up the memory of each process and its share of common memory (PSS)."""
    return sum(map(_read_pss, processes)) / 1024


def _read_pss(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def measure_cold_start(testbed: Testbed) -> Iterator[Figure]:
    seconds = median(_measure_first_response(testbed) for _ in range(STARTS))
    yield Figure("cold start", seconds, "s", at_most(1.0))


def _measure_first_response(testbed: Testbed) -> float:
    """Return the seconds from the start of the process to its first response."""
    settings = testbed.make_settings()
    environment, log = environment_of(settings), testbed.directory / "cold.log"
    started_at = perf_counter()
    process = start([sys.executable, "-m", "api", "serve"], log, cwd=ROOT, env=environment)
    try:
        while not _is_ready(settings["port"]):
            if perf_counter() - started_at > START_TIMEOUT_SECONDS:
                raise TimeoutError(log.read_text())
            sleep(POLL_SECONDS)
        return perf_counter() - started_at
    finally:
        stop(process)


def _is_ready(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_TIMEOUT_SECONDS)
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except ConnectionError:
        return False
