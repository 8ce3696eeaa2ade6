"""A contract that breaks a rule of the linters does not pass `make lint`."""

import json
import subprocess
from copy import deepcopy

import pytest

from tests.node import environment, require_tool
from tests.service import ROOT

PATH = "/health/live"
REDOCLY = ("redocly", "lint", "--config", ROOT / "openapi/redocly.yaml")
SPECTRAL = (
    *("spectral", "lint", "--fail-severity", "warn"),
    *("--ruleset", ROOT / "openapi/spectral.yaml"),
)


@pytest.fixture
def contract():
    """One operation of the contract, since the linters take seconds for all of them."""
    whole = json.loads((ROOT / "openapi/openapi.json").read_text())
    return {**whole, "paths": {PATH: whole["paths"][PATH]}, "webhooks": {}}


def lint(tool, contract, directory):
    """Return the exit status and the output of a linter."""
    program, *arguments = tool
    file = directory / "openapi.json"
    file.write_text(json.dumps(contract))
    done = subprocess.run(
        [require_tool(program), *arguments, file],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def remove_summary(contract):
    del contract["paths"][PATH]["get"]["summary"]


def name_twice(contract):
    copy = deepcopy(contract["paths"][PATH])
    contract["paths"]["/health/copy"] = copy


def remove_description(contract):
    del contract["paths"][PATH]["get"]["description"]


def remove_length(contract):
    del contract["components"]["schemas"]["Problem"]["properties"]["title"]["maxLength"]


def make_private(contract):
    contract["paths"][PATH]["get"]["security"] = [{"token": []}]


PLANTED = {
    "an operation without a summary": (REDOCLY, remove_summary, "operation-summary"),
    "two operations with one id": (REDOCLY, name_twice, "operation-operationId-unique"),
    "an operation without a description": (SPECTRAL, remove_description, "operation-description"),
    "a text without a maximum length": (SPECTRAL, remove_length, "owasp:api4:2023-string-limit"),
    "a private operation without a 401": (SPECTRAL, make_private, "rollbook-401"),
}


@pytest.mark.parametrize(("tool", "plant", "rule"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_of_the_rules_fails(tool, plant, rule, contract, tmp_path):
    plant(contract)
    status, output = lint(tool, contract, tmp_path)

    assert status == 1
    assert rule in output
