"""Export and import on the command line: users per second, and peak memory."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from bench.load import Failed
from bench.report import Figure, at_most
from bench.stage import Stage
from tests.service import ROOT, environment_of

MAX_MEMORY_MIB = 300


def measure(stage: Stage, most: int) -> Iterator[Figure]:
    """Export all users with their hashes, and import up to ``most`` elsewhere."""
    exported, some = stage.place / "exported.ndjson", stage.place / "some.ndjson"
    export = ["export", "--hashes", "--output", str(exported)]
    spent = _run(export, stage.service.settings)
    number = _copy(exported, some, most)
    yield from _figures("export", *spent, number)
    exported.unlink()
    yield from _figures("import", *_run(["import", str(some)], stage.settings()), min(most, number))
    some.unlink()


def _figures(name: str, seconds: float, peak: float, users: int) -> Iterator[Figure]:
    yield Figure(f"{name}, {users:,} users", users / seconds, "users/s")
    yield Figure(f"peak memory of the {name}", peak, "MiB", at_most(MAX_MEMORY_MIB))


def _run(arguments: list[str], settings: dict[str, object]) -> tuple[float, float]:
    """Run the command, and return the seconds it took and the most memory it had, in MiB."""
    command = [sys.executable, "-m", "api.cli", "users", *arguments]
    began = perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment_of(settings), stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise Failed(f"users {arguments[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return perf_counter() - began, used.ru_maxrss / 1024


def _copy(source: Path, target: Path, most: int) -> int:
    """Copy up to ``most`` lines, and return how many there are in the source."""
    number = 0
    with source.open("rb") as lines, target.open("wb") as copy:
        for number, line in enumerate(lines, 1):
            if number <= most:
                copy.write(line)
    return number
