"""Instructions per request, which no other load on the machine disturbs."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.crowd import token
from bench.load import Failed
from bench.report import Figure, at_most
from bench.stage import Stage
from tests.service import ROOT, environment_of

SHORT, LONG = 50, 1550  # requests; what starting takes varies, and is in both
PATIENCE = 300  # seconds
NAME = "instructions per GET /api/me"
TOOL = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]


def measure(stage: Stage) -> Iterator[Figure]:
    if not shutil.which("valgrind"):
        yield Figure(NAME, "not measured: valgrind is not installed")
        return
    settings, caller = stage.service.settings, token(stage.service, stage.accounts[0])
    headers = {name.lower(): value for name, value in caller.items()}
    given = stage.place / "loop.json"
    given.write_text(json.dumps({"settings": settings, "headers": headers}))
    counting = [_start(times, settings, given) for times in (SHORT, LONG)]  # one on each core
    short, long = map(_counted, counting)
    yield Figure(NAME, (long - short) / (LONG - SHORT), "", at_most(1_200_000))


def _start(times: int, settings: dict[str, Any], given: Path) -> subprocess.Popen[str]:
    environment = {**environment_of(settings), "PYTHONHASHSEED": "0"}
    command = [*TOOL, sys.executable, "-m", "bench.loop", str(times)]
    with given.open() as read:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=read,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )


def _counted(process: subprocess.Popen[str]) -> int:
    _, told = process.communicate(timeout=PATIENCE)
    if process.returncode:
        raise Failed(told)
    return int(re.search(r"Collected : ([0-9]+)", told)[1])
