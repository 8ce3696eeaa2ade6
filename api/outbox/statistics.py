"""How many messages wait, and for how long."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from api.core import clock
from api.core.database import autocommit
from api.outbox.channels import current_channels
from api.outbox.models import OutboxMessage, State


class Backlog(NamedTuple):
    """The messages that wait for their channel, or were given up.

    ``oldest_seconds`` is the age of the oldest message that waits, and ``overdue_seconds`` the time
    for which a message has been due that no worker has claimed. Both are 0 if there is none.
    """

    pending: int
    dead: int
    oldest_seconds: float
    overdue_seconds: float


def read_backlog() -> Backlog:
    pending = select(
        func.count(), func.min(OutboxMessage.created_at), func.min(OutboxMessage.next_attempt_at)
    ).where(OutboxMessage.state == State.PENDING, OutboxMessage.kind.in_(current_channels()))
    dead = select(func.count()).where(OutboxMessage.state == State.DEAD)
    with autocommit() as connection:
        number, oldest, first_due = connection.execute(pending.select_from(OutboxMessage)).one()
        number_dead = connection.scalar(dead.select_from(OutboxMessage)) or 0
    return Backlog(number, number_dead, _count_seconds(oldest), _count_seconds(first_due))


def _count_seconds(since: datetime | None) -> float:
    return max((clock.now() - since).total_seconds(), 0) if since else 0
