"""What the service takes: memory of all its processes, and the time until it answers."""

import http.client
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from bench.report import Figure, at_most
from bench.stage import Stage
from tests.hostile.processes import process_tree
from tests.processes import start, stop
from tests.service import ROOT, environment_of

STARTS = 3
PATIENCE = 20  # seconds
REST = 2  # seconds


def memory(stage: Stage, after: str) -> Iterator[Figure]:
    """Tell what all processes hold at once, and what they keep when nobody asks any more."""
    processes = list(process_tree(stage.service.process.pid))
    name = f"memory of {len(processes)} processes"
    yield Figure(f"{name} right after {after}", _mebibytes(processes), "MiB")
    sleep(REST)
    yield Figure(f"{name} at rest after {after}", _mebibytes(processes), "MiB", at_most(180))


def _mebibytes(processes: list[int]) -> float:
    """Add up what each has for itself, and its share of what it has with others (PSS)."""
    return sum(map(_proportional, processes)) / 1024


def _proportional(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def cold_start(stage: Stage) -> Iterator[Figure]:
    spent = median(_first_answer(stage) for _ in range(STARTS))
    yield Figure("cold start", spent, "s", at_most(1.0))


def _first_answer(stage: Stage) -> float:
    """Return the seconds from the start of the process to its first answer."""
    settings = stage.settings()
    environment, log = environment_of(settings), stage.place / "cold.log"
    began = perf_counter()
    process = start([sys.executable, "-m", "api", "serve"], log, cwd=ROOT, env=environment)
    try:
        while not _answers(settings["port"]):
            if perf_counter() - began > PATIENCE:
                raise TimeoutError(log.read_text())
            sleep(0.002)
        return perf_counter() - began
    finally:
        stop(process)


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except ConnectionError:
        return False
