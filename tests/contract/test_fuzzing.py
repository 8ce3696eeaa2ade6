"""Every operation keeps the contract: schemathesis fuzzes it as every kind of caller."""

import json

import pytest

from tests.contract.fuzzing import CONTRACT, FuzzingRun
from tests.processes import stop

CALLERS = {  # and the operations that they may call; tests/hostile/test_matrix.py calls the others
    "administrator": lambda _operation: True,
    "user": lambda operation: "x-permission" not in operation or "x-self" in operation,
    "anonymous": lambda operation: not operation["security"],
}


@pytest.mark.parametrize("kind", CALLERS)
def test_G_02_every_operation_answers_as_documented(serve, tmp_path, kind):
    run = FuzzingRun(kind, serve(), tmp_path, *select_operations(kind))
    try:
        run.require_success(300)
    finally:
        stop(run.process)


def select_operations(kind):
    """Return the options for what a caller may do; public operations have no links to follow."""
    contract = json.loads(CONTRACT.read_bytes())
    if kind == "anonymous":
        yield from ("--phases", "examples,coverage,fuzzing")
    for item in contract["paths"].values():
        for method, operation in item.items():
            if method != "parameters" and CALLERS[kind](operation):
                yield from ("--include-operation-id", operation["operationId"])
