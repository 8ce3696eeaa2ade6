"""Checks whether a worker delivers what is due."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection, func, select

from api.config import Settings
from api.core import clock
from api.doctor.problems import Problem
from api.mail.service import KIND
from api.outbox.models import OutboxMessage, State
from api.webhooks.models import WebhookDelivery
from api.webhooks.statistics import is_late as is_late_delivery

MAX_DELAY = timedelta(minutes=5)


def check_worker(connection: Connection, settings: Settings) -> Iterator[Problem]:
    """Report mails and deliveries of webhooks that have been due for long."""
    latest = clock.now() - MAX_DELAY
    if settings.mail_url is not None:  # else none is sent
        is_late = (
            OutboxMessage.kind == KIND,
            OutboxMessage.state == State.PENDING,
            OutboxMessage.next_attempt_at < latest,
        )
        late = connection.scalar(select(func.count()).select_from(OutboxMessage).where(*is_late))
        yield from _report(late, "mails")
    deliveries = select(func.count()).select_from(WebhookDelivery).where(is_late_delivery(latest))
    yield from _report(connection.scalar(deliveries), "deliveries of webhooks")


def _report(late: int | None, things: str) -> Iterator[Problem]:
    if late:
        yield Problem(
            "worker",
            f"{late} {things} have been due for more than {MAX_DELAY.seconds // 60} minutes",
            "start `rollbook worker`, or more of them",
        )
