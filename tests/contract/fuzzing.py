"""A run of schemathesis against a started service, in a new process."""

import os
import sys
from pathlib import Path

from tests.processes import start

ROOT = Path(__file__).parents[2]
CONTRACT, SETTINGS = ROOT / "openapi/openapi.json", ROOT / "openapi/schemathesis.toml"
EXAMPLES = os.environ.get("FUZZING_EXAMPLES", "25")  # of each operation, in each phase


class FuzzingRun:
    """The contract, fuzzed as one kind of caller. No caller logs in with a password."""

    def __init__(self, kind, service, place, *more_options):
        options = ["--checks", "all", "--max-examples", EXAMPLES, "--warnings", "off"]
        options += ["--generation-deterministic", "--no-color", "--workers", "1"]
        options += more_options
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

    def require_success(self, seconds):
        outcome = self.process.wait(seconds)

        assert outcome == 0, self.log.read_text()[-8000:]
        if self.caller is not None:  # else every response was 401
            self.caller.get("/api/me")
