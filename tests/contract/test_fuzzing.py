"""Every operation keeps the contract: schemathesis fuzzes it as every kind of caller."""

from contextlib import ExitStack

import pytest

from tests.contract.fuzzing import FuzzingRun
from tests.processes import stop
from tests.service import services

CALLERS = ("anonymous", "user", "administrator")


@pytest.fixture(scope="module")
def running(place, databases, redis, tmp_path_factory):
    """Start a run for each kind of caller, each with its own service: runs change accounts."""
    with services(place, databases, redis) as start_one, ExitStack() as started:
        runs = {
            kind: FuzzingRun(kind, start_one(), tmp_path_factory.mktemp(kind)) for kind in CALLERS
        }
        for run in runs.values():
            started.callback(stop, run.process)
        yield runs


@pytest.mark.parametrize("kind", CALLERS)
def test_G_02_every_operation_answers_as_documented(running, kind):
    running[kind].require_success(300)
