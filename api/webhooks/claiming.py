"""The statements that choose and claim what is delivered next.

They are made once: making them at each delivery takes as long as executing them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    false,
    not_,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from api.core import clock
from api.core.database import autocommit, db
from api.webhooks.models import DeliveryState, Webhook, WebhookDelivery
from api.webhooks.states import WebhookState
from api.webhooks.transport import TIMEOUT_SECONDS

LEASE = timedelta(seconds=TIMEOUT_SECONDS + 15)
NOW = bindparam("now", type_=WebhookDelivery.next_attempt_at.type)
ID = bindparam("given_id", type_=Webhook.id.type)


class Claim(NamedTuple):
    """A delivery that the caller attempts now."""

    webhook: WebhookState
    id: UUID
    event: str
    body: str
    attempts: int  # with this one
    requested_at: datetime


CLAIMED = [getattr(WebhookDelivery, name) for name in Claim._fields[1:]]


def _is_due(
    webhook_id: SQLColumnExpression[UUID], ordered: SQLColumnExpression[bool]
) -> ColumnElement[bool]:
    """Return whether a delivery of the webhook is due.

    If the webhook is ordered, a delivery waits for the earlier ones of the same subject.
    """
    earlier = aliased(WebhookDelivery)
    has_earlier = select(earlier.id).where(
        earlier.webhook_id == WebhookDelivery.webhook_id,
        earlier.subject_id == WebhookDelivery.subject_id,
        earlier.state == DeliveryState.PENDING,
        tuple_(earlier.created_at, earlier.id)
        < tuple_(WebhookDelivery.created_at, WebhookDelivery.id),
    )
    return and_(
        WebhookDelivery.webhook_id == webhook_id,
        WebhookDelivery.state == DeliveryState.PENDING,
        WebhookDelivery.next_attempt_at <= NOW,
        not_(and_(ordered, has_earlier.exists())),
    )


def _select_waiting() -> Select[UUID]:
    waiting = select(Webhook.id).where(
        Webhook.enabled,
        Webhook.slow == bindparam("slow"),
        or_(Webhook.paused_until.is_(None), Webhook.paused_until <= NOW),
        Webhook.id.not_in(bindparam("excluded", expanding=True)),
        select(WebhookDelivery.id).where(_is_due(Webhook.id, Webhook.ordered)).exists(),
    )
    return waiting.order_by(Webhook.claimed_at.nulls_first()).limit(1)


def _make_claim(ordered: ColumnElement[bool]) -> ReturningUpdate[*tuple[object, ...]]:
    due = select(WebhookDelivery.id).where(_is_due(ID, ordered))
    first = due.order_by(WebhookDelivery.next_attempt_at, WebhookDelivery.id).limit(1)
    chosen = first.with_for_update(skip_locked=True, of=WebhookDelivery).cte("chosen")
    return (
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_(select(chosen.c.id)))
        .values(next_attempt_at=bindparam("leased_until"), attempts=WebhookDelivery.attempts + 1)
        .returning(*CLAIMED)
    )


SELECT_WAITING = _select_waiting()
CLAIM, CLAIM_IN_ORDER = _make_claim(false()), _make_claim(true())


def find_waiting_webhook(*, slow: bool, excluded: Collection[UUID]) -> UUID | None:
    """Return the webhook with due deliveries that was taken least recently, or None.

    ``slow`` chooses between those whose last attempt took long, and the others.
    """
    values = {"slow": slow, "excluded": list(excluded), "now": clock.now()}
    with autocommit() as connection:
        return connection.scalar(SELECT_WAITING, values)


def claim_delivery(webhook: WebhookState) -> Claim | None:
    """Claim the delivery that has been due for the longest time, if there is one."""
    if not webhook.can_receive:
        return None
    now = clock.now()
    values = {"given_id": webhook.id, "now": now, "leased_until": now + LEASE}
    statement = CLAIM_IN_ORDER if webhook.ordered else CLAIM
    row = db.session.connection().execute(statement, values).one_or_none()
    return Claim(webhook, **row._asdict()) if row else None
