"""The table of when tasks that an operator schedules have last finished."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.core.database import Base


class TaskRun(Base):
    """When a task has last finished. A task that has never finished has no row."""

    __tablename__ = "task_runs"

    task: Mapped[str] = mapped_column(String(32), primary_key=True)
    finished_at: Mapped[datetime]
