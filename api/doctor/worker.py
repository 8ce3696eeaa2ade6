"""Checks whether a worker delivers what is due."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection, func, select

from api.config import Settings
from api.core import clock
from api.doctor.problems import Problem
from api.mail.service import KIND
from api.outbox.models import OutboxMessage, State

MAX_DELAY = timedelta(minutes=5)


def check_worker(connection: Connection, settings: Settings) -> Iterator[Problem]:
    """Report mails that have been due for long. Without a mail server none is sent."""
    if settings.mail_url is None:
        return
    is_late = (
        OutboxMessage.kind == KIND,
        OutboxMessage.state == State.PENDING,
        OutboxMessage.next_attempt_at < clock.now() - MAX_DELAY,
    )
    late = connection.scalar(select(func.count()).select_from(OutboxMessage).where(*is_late))
    if late:
        yield Problem(
            "worker",
            f"{late} mails have been due for more than {MAX_DELAY.seconds // 60} minutes",
            "start `rollbook worker`, or more of them",
        )
