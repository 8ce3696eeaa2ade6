"""The contract is true: every operation, fuzzed as every kind of caller, over a real socket."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes import start, stop
from tests.service import services

ROOT = Path(__file__).parents[2]
CONTRACT, SETTINGS = ROOT / "openapi/openapi.json", ROOT / "openapi/schemathesis.toml"
EXAMPLES = os.environ.get("FUZZING_EXAMPLES", "25")  # of each operation, in each phase


CALLERS = ("anonymous", "user", "administrator")


@pytest.fixture(scope="module")
def running(place, databases, redis, tmp_path_factory):
    """All of them at once, each alone with a service: they would change each other's accounts."""
    with services(place, databases, redis) as start_one, ExitStack() as started:
        runs = {kind: Run(kind, start_one(), tmp_path_factory.mktemp(kind)) for kind in CALLERS}
        for run in runs.values():
            started.callback(stop, run.process)
        yield runs


@pytest.mark.parametrize("kind", CALLERS)
def test_G_02_every_operation_answers_as_documented(running, kind):
    run = running[kind]

    outcome = run.process.wait(300)

    assert outcome == 0, run.log.read_text()[-8000:]
    if run.caller is not None:  # or else all it has seen is 401
        run.caller.get("/api/me")


class Run:
    """The contract, fuzzed as one kind of caller. Nobody logs in with their passwords."""

    def __init__(self, kind, service, place):
        options = ["--checks", "all", "--max-examples", EXAMPLES, "--warnings", "off"]
        options += ["--generation-deterministic", "--no-color", "--workers", "1"]
        environment = {"SCHEMATHESIS_HOOKS": "tests.contract.hooks", "PYTHONPATH": str(ROOT)}
        self.log = place / "schemathesis.log"
        self.caller = None
        if kind != "anonymous":
            role = "admin" if kind == "administrator" else "user"
            self.caller = service.person("Fuzzy", role=role)
            options += ["--header", f"Authorization: Bearer {self.caller.token}"]
            environment |= {
                "FUZZING_ACCOUNT": self.caller.id,
                "FUZZING_SESSION": self.caller.session_id,
            }
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS)]
        arguments = ["run", str(CONTRACT), "--url", service.url, *options]
        self.process = start(
            [*command, *arguments], self.log, env={**os.environ, **environment}, cwd=place
        )
