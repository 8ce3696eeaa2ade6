"""How many deliveries wait, and for how long."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select

from api.core import clock
from api.core.database import autocommit
from api.webhooks.claiming import is_first_of_account
from api.webhooks.models import DeliveryState, Webhook, WebhookDelivery
from api.webhooks.states import was_quiet


class Backlog(NamedTuple):
    """The deliveries of enabled webhooks that wait, and the webhooks that were disabled.

    ``oldest_seconds`` is the age of the oldest delivery that waits. ``overdue_seconds`` is for how
    long a delivery has been due to a webhook that works; then too few workers run. Both are 0 if
    there is none.
    """

    pending: int
    oldest_seconds: float
    overdue_seconds: float
    disabled: int


def read_backlog() -> Backlog:
    pending = (
        select(func.count(), func.min(WebhookDelivery.created_at))
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.state == DeliveryState.PENDING, Webhook.enabled)
    )
    disabled = select(func.count()).select_from(Webhook).where(Webhook.disabled_reason.is_not(None))
    with autocommit() as connection:
        number, oldest = connection.execute(pending).one()
        due = connection.scalar(select(func.min(WebhookDelivery.next_attempt_at)).where(is_late()))
        number_disabled = connection.scalar(disabled) or 0
    return Backlog(number, _count_seconds(oldest), _count_seconds(due), number_disabled)


def is_late(since: datetime | None = None) -> ColumnElement[bool]:
    """Return whether a delivery has been due since then, to a webhook that accepts events.

    One that waits for an earlier event of its account, as the webhook is ordered, is not late.
    """
    works = select(Webhook.id).where(
        Webhook.enabled,
        or_(Webhook.failures == 0, was_quiet(clock.now())),
        Webhook.slow.is_(False),
        or_(Webhook.paused_until.is_(None), Webhook.paused_until <= clock.now()),
    )
    return (
        (WebhookDelivery.state == DeliveryState.PENDING)
        & (WebhookDelivery.next_attempt_at < (since or clock.now()))
        & WebhookDelivery.webhook_id.in_(works)
        & or_(
            WebhookDelivery.webhook_id.not_in(select(Webhook.id).where(Webhook.ordered)),
            is_first_of_account(WebhookDelivery.webhook_id),
        )
    )


def _count_seconds(since: datetime | None) -> float:
    return max((clock.now() - since).total_seconds(), 0) if since else 0
