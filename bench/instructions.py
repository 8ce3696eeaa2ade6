"""Instructions per request, a figure that other work on the machine does not change."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.accounts import make_headers
from bench.load import BenchmarkError
from bench.report import Figure, at_most
from bench.testbed import Testbed
from tests.service import ROOT, environment_of

# The difference of two runs leaves out the start of the process, whose instructions vary.
FEW_REQUESTS, MANY_REQUESTS = 50, 1550
TIMEOUT_SECONDS = 300
NAME = "instructions per GET /api/me"
TOOL = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]


def measure(testbed: Testbed) -> Iterator[Figure]:
    if not shutil.which("valgrind"):
        yield Figure(NAME, "not measured: valgrind is not installed")
        return
    settings = testbed.service.settings
    headers = make_headers(testbed.service, testbed.accounts[0])
    arguments = testbed.directory / "loop.json"
    arguments.write_text(
        json.dumps(
            {"settings": settings, "headers": {name.lower(): headers[name] for name in headers}}
        )
    )
    processes = [_start(number, settings, arguments) for number in (FEW_REQUESTS, MANY_REQUESTS)]
    few, many = map(_read_count, processes)
    per_request = (many - few) / (MANY_REQUESTS - FEW_REQUESTS)
    yield Figure(NAME, per_request, "", at_most(1_200_000))


def _start(requests: int, settings: dict[str, Any], arguments: Path) -> subprocess.Popen[str]:
    environment = {**environment_of(settings), "PYTHONHASHSEED": "0"}
    command = [*TOOL, sys.executable, "-m", "bench.loop", str(requests)]
    with arguments.open() as stdin:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )


def _read_count(process: subprocess.Popen[str]) -> int:
    _, output = process.communicate(timeout=TIMEOUT_SECONDS)
    if process.returncode:
        raise BenchmarkError(output)
    return int(re.search(r"Collected : ([0-9]+)", output)[1])
