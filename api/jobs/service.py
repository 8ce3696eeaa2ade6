"""Running jobs that are due, and reporting their runs."""

from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy import bindparam, select, text

from api.core import clock
from api.core.database import UTC_DATETIME, autocommit, db, in_transaction
from api.jobs.models import JobRun
from api.jobs.registry import Job, current_jobs

log = structlog.get_logger()

# One statement, so that of several workers one claims the run.
CLAIM = text("""
    INSERT INTO task_runs AS kept (task, next_run_at, started_at, failures)
    VALUES (:job, :next_run_at, :now, 0)
    ON CONFLICT (task) DO UPDATE
        SET next_run_at = excluded.next_run_at, started_at = excluded.started_at
        WHERE kept.next_run_at IS NULL OR kept.next_run_at <= :now
    RETURNING task
""").bindparams(bindparam("next_run_at", type_=UTC_DATETIME), bindparam("now", type_=UTC_DATETIME))


class LastRun(NamedTuple):
    """What is known about the runs of a job."""

    next_run_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failed_at: datetime | None = None
    failures: int = 0


NEVER = LastRun()
COLUMNS = [getattr(JobRun, name) for name in LastRun._fields]


def run_due_jobs() -> None:
    """Run each job whose interval is over, unless another worker claims it first."""
    runs, now = read_last_runs(), clock.now()
    for job in current_jobs():
        next_run_at = runs.get(job.name, NEVER).next_run_at
        if (next_run_at is None or next_run_at <= now) and _claim(job):
            _run_and_log(job)


def run_job(job: Job) -> int:
    """Run a job now, and record that it has finished or failed. Return how many rows it handled."""
    try:
        handled = job.run()
    except Exception:
        in_transaction(lambda: _record_failure(job.name))
        raise
    in_transaction(lambda: record_success(job.name))
    return handled


def record_success(name: str) -> None:
    """Record in the current transaction that a job has finished."""
    db.session.merge(JobRun(job=name, finished_at=clock.now(), failures=0))


def read_last_runs() -> dict[str, LastRun]:
    """Return the last runs by job, without the jobs that have never run."""
    with autocommit() as connection:
        rows = connection.execute(select(JobRun.job, *COLUMNS))
        return {row[0]: LastRun(*row[1:]) for row in rows}


def _claim(job: Job) -> bool:
    now = clock.now()
    values = {"job": job.name, "next_run_at": now + job.interval, "now": now}
    return in_transaction(lambda: db.session.scalar(CLAIM, values)) is not None


def _run_and_log(job: Job) -> None:
    try:
        handled = run_job(job)
    except Exception:
        log.exception("job.failed", job=job.name)
        return
    log.info("job.finished", job=job.name, handled=handled)


def _record_failure(name: str) -> None:
    known = db.session.get(JobRun, name) or JobRun(job=name, failures=0)
    known.failed_at = clock.now()
    known.failures += 1
    db.session.add(known)
