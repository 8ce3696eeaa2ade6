"""The tour in README.md, run in a shell: each response is the one that it shows."""

import json
import os
import re
import subprocess
import sys
from functools import partial
from itertools import pairwise
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.processes import free_port, start, stop, wait_until
from tests.service import KEPT, ROOT

BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PASSWORD = re.compile(r"^ +password +(\S+)$", re.MULTILINE)
SEPARATOR = "\x1e"
VARIES = "…"


@pytest.fixture(scope="module")
def tour() -> list[tuple[str, str | None]]:
    """Read each block of commands with the response below it, or None."""
    section = (ROOT / "README.md").read_text("utf-8").partition("\n## A tour\n")[2]
    blocks = [*BLOCK.findall(section.partition("\n## ")[0]), ("end", "")]
    return [
        (text, following if then == "json" else None)
        for (kind, text), (then, following) in pairwise(blocks)
        if kind == "sh"
    ]


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """Start the service as `make run` does, and yield its port and what it printed."""
    place, port = tmp_path_factory.mktemp("elsewhere"), free_port()
    environment = {name: v for name, v in os.environ.items() if name in KEPT}
    environment |= {"PORT": str(port), "METRICS_PORT": "0"}
    command = [str(Path(sys.executable).with_name("rollbook")), "run"]
    log = place / "printed"
    process = start(command, log, cwd=place, env=environment)
    wait_until(partial(_has_started, port, log), process, log)
    yield port, log.read_text("utf-8")
    stop(process)


def _has_started(port: int, log: Path) -> bool:
    return "Press Ctrl+C" in log.read_text("utf-8") and _answers(port)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5) as answer:
            return answer.status == 200
    except (URLError, ConnectionError):
        return False


def run_blocks(blocks: list[str], *, typed: str, port: int) -> list[str]:
    """Run the blocks one after the other in one shell, and return what each printed."""
    script = "".join(f"{block}\nprintf '{SEPARATOR}'\n" for block in blocks)
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        env={"PATH": os.environ["PATH"], "PORT": str(port)},
        input=f"{typed}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split(SEPARATOR)[:-1]


def mask_variable(shown: object, answer: object) -> object:
    """Return the response with variable parts replaced by those shown."""
    if shown == VARIES:
        return shown if isinstance(answer, str | None) else answer
    if isinstance(shown, dict) and isinstance(answer, dict):
        compared = answer if VARIES not in shown else {name: answer.get(name) for name in shown}
        return {name: mask_variable(shown.get(name), value) for name, value in compared.items()}
    if isinstance(shown, list) and isinstance(answer, list) and len(shown) == len(answer):
        return [mask_variable(*pair) for pair in zip(shown, answer, strict=True)]
    return answer


def test_each_command_prints_the_shown_response(tour, started):
    port, printed = started
    password = PASSWORD.search(printed)
    assert password, printed

    answers = run_blocks([block for block, _ in tour], typed=password[1], port=port)

    compared = 0
    for (block, shown), answer in zip(tour, answers, strict=True):
        if shown is not None:
            expected = json.loads(shown.replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
            assert mask_variable(expected, json.loads(answer)) == expected, block
            compared += 1
    assert compared == 9


def test_the_urls_that_the_service_prints_work(started):
    port, printed = started

    addresses = set(re.findall(rf"http://127\.0\.0\.1:{port}/\S+", printed))

    assert len(addresses) == 5
    for address in addresses:
        with urlopen(address, timeout=5) as answer:
            assert answer.status == 200
