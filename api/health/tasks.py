"""The tasks that an operator schedules, and when each has last finished."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from api.core import clock
from api.core.database import autocommit, db
from api.health.models import TaskRun


class Task(StrEnum):
    """The value is a label of a metric."""

    PURGE = "purge"
    SEAL = "seal"


def record_run(task: Task) -> None:
    """Record that a task has finished now."""
    db.session.merge(TaskRun(task=task.value, finished_at=clock.now()))


def read_last_runs() -> dict[str, datetime]:
    """Return when each task has last finished, without those that never have."""
    with autocommit() as connection:
        rows = connection.execute(select(TaskRun.task, TaskRun.finished_at))
        return {row.task: row.finished_at for row in rows}
