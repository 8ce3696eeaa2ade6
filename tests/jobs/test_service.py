"""Jobs: each runs once per interval, whoever runs it, and an error does not end them."""

from datetime import timedelta

import pytest

from api.core import clock
from api.jobs import registry, service
from api.jobs.registry import Job, repeat_in_transactions

HOUR = timedelta(hours=1)


@pytest.fixture
def advance_clock(monkeypatch):
    def advance(**duration: float) -> None:
        later = clock.now() + timedelta(**duration)
        monkeypatch.setattr("api.core.clock.now", lambda: later)

    return advance


@pytest.fixture
def add_job(app, context, monkeypatch):
    """Replace the jobs of the application by this one; return the list of its runs."""

    def add(*errors: Exception) -> list[int]:
        runs: list[int] = []
        pending = list(errors)

        def run() -> int:
            runs.append(1)
            if pending:
                raise pending.pop(0)
            return 7

        job = Job(name="count", interval=HOUR, run=run, description="Count.")
        monkeypatch.setitem(app.extensions, registry.EXTENSION, (job,))
        return runs

    return add


def read_run() -> service.LastRun:
    return service.read_last_runs()["count"]


def test_a_job_runs_once_per_interval(add_job, advance_clock):
    runs = add_job()

    service.run_due_jobs()
    advance_clock(minutes=59)
    service.run_due_jobs()
    assert len(runs) == 1

    advance_clock(minutes=2)
    service.run_due_jobs()
    assert len(runs) == 2
    assert read_run().finished_at == clock.now()


def test_of_two_workers_that_find_a_job_due_one_runs_it(add_job, monkeypatch):
    runs = add_job()
    stale = service.read_last_runs()
    service.run_due_jobs()
    monkeypatch.setattr(service, "read_last_runs", lambda: stale)

    service.run_due_jobs()

    assert len(runs) == 1


def test_a_job_that_fails_is_logged_and_runs_again_at_the_next_interval(
    add_job, advance_clock, capsys
):
    runs = add_job(RuntimeError("broken"), RuntimeError("broken"))

    service.run_due_jobs()
    service.run_due_jobs()
    assert len(runs) == 1
    assert '"event":"job.failed","job":"count"' in capsys.readouterr().out
    advance_clock(hours=1)
    service.run_due_jobs()
    assert (read_run().failures, read_run().finished_at) == (2, None)

    advance_clock(hours=1)
    service.run_due_jobs()
    assert (read_run().failures, read_run().finished_at) == (0, clock.now())
    assert len(runs) == 3


def test_batches_are_repeated_until_nothing_is_left(context):
    batches = [3, 3, 1, 0, 5]

    assert repeat_in_transactions(lambda: batches.pop(0))() == 7
    assert batches == [5]
