"""The contract is true: every operation, fuzzed as every kind of caller, over a real socket."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACT, SETTINGS = ROOT / "openapi/openapi.json", ROOT / "openapi/schemathesis.toml"
EXAMPLES = os.environ.get("FUZZING_EXAMPLES", "25")  # of each operation, in each phase


@pytest.fixture(scope="module")
def callers(service):
    """Whoever may call: their account and token. Nobody logs in with these passwords."""
    return {
        "anonymous": None,
        "user": service.person("Fuzzy"),
        "administrator": service.person("Fuzzier", role="admin"),
    }


@pytest.mark.parametrize("kind", ["anonymous", "user", "administrator"])
def test_G_02_every_operation_answers_as_documented(service, callers, kind, tmp_path):
    caller = callers[kind]

    run = fuzz(service.url, caller, tmp_path)

    assert run.returncode == 0, run.stdout[-8000:]
    if caller is not None:  # or else all it has seen is 401
        caller.get("/api/me")


def fuzz(url, caller, place):
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS)]
    options = ["--checks", "all", "--max-examples", EXAMPLES, "--warnings", "off"]
    options += ["--generation-deterministic", "--no-color", "--workers", "1"]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.contract.hooks"}
    if caller is not None:
        options += ["--header", f"Authorization: Bearer {caller.token}"]
        environment["FUZZING_ACCOUNT"] = caller.id
    arguments = ["run", str(CONTRACT), "--url", url, *options]
    return subprocess.run(
        [*command, *arguments],
        env={**environment, "PYTHONPATH": str(ROOT)},
        cwd=place,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
