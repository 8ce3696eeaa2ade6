"""Export and import on the command line: users per second, and peak memory."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from bench.load import BenchmarkError
from bench.report import Figure, at_most
from bench.testbed import Testbed
from tests.service import ROOT, environment_of

MAX_MEMORY_MIB = 300


def measure(testbed: Testbed, max_users: int) -> Iterator[Figure]:
    """Export all users with their hashes, and import up to ``max_users`` into an empty database."""
    exported = testbed.directory / "exported.ndjson"
    imported = testbed.directory / "imported.ndjson"
    export = ["export", "--hashes", "--output", str(exported)]
    result = _run(export, testbed.service.settings)
    users = _copy(exported, imported, max_users)
    yield from _make_figures("export", *result, users)
    exported.unlink()
    result = _run(["import", str(imported)], testbed.make_settings())
    yield from _make_figures("import", *result, min(users, max_users))
    imported.unlink()


def _make_figures(name: str, seconds: float, peak: float, users: int) -> Iterator[Figure]:
    yield Figure(f"{name}, {users:,} users", users / seconds, "users/s")
    yield Figure(f"peak memory of the {name}", peak, "MiB", at_most(MAX_MEMORY_MIB))


def _run(arguments: list[str], settings: dict[str, object]) -> tuple[float, float]:
    """Run the command, and return its seconds and its peak memory in MiB."""
    command = [sys.executable, "-m", "api.cli", "users", *arguments]
    started_at = perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment_of(settings), stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise BenchmarkError(
            f"users {arguments[0]} exited with {os.waitstatus_to_exitcode(status)}"
        )
    return perf_counter() - started_at, usage.ru_maxrss / 1024


def _copy(source: Path, target: Path, max_lines: int) -> int:
    """Copy up to ``max_lines`` lines, and return the number of lines in the source."""
    number = 0
    with source.open("rb") as lines, target.open("wb") as copy:
        for number, line in enumerate(lines, 1):
            if number <= max_lines:
                copy.write(line)
    return number
