"""The table of the runs of jobs."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.core.database import Base


class JobRun(Base):
    """The last runs of a job. A job that has never run has no row.

    A worker claims a run by moving ``next_run_at``, so a run that ends with its process is not
    repeated before the next interval.
    """

    __tablename__ = "task_runs"

    job: Mapped[str] = mapped_column("task", String(32), primary_key=True)
    next_run_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]  # of the last run that succeeded
    failed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0, server_default="0")  # since it succeeded
