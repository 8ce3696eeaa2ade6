"""Which delivery is next, and what becomes of it after an attempt.

The queue is fair: a thread of the worker takes the webhook that has waited longest, delivers to it
for a moment, and takes another one. A delivery is claimed as a message of the outbox is: its next
attempt is moved beyond the time that an attempt can take. No lock is held during an attempt.

Each transaction locks the webhook first: it cannot be deleted between the check that it exists and
the claim.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    and_,
    case,
    false,
    not_,
    null,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased

from api.core import clock
from api.core.database import autocommit, db
from api.webhooks.attempts import Attempt, add_attempt
from api.webhooks.disabling import disable_if_hopeless
from api.webhooks.models import DeliveryState, Webhook, WebhookDelivery
from api.webhooks.retries import choose_next_attempt, choose_pause
from api.webhooks.states import WebhookState, change_webhook, lock_webhook
from api.webhooks.transport import TIMEOUT_SECONDS

LEASE = timedelta(seconds=TIMEOUT_SECONDS + 15)
MAX_QUIET = timedelta(days=2)  # retries of a delivery are at most a day apart


class Outcome(StrEnum):
    """What an attempt led to. The value is a label of a metric."""

    DELIVERED = "delivered"
    POSTPONED = "postponed"
    FAILED = "failed"
    DELETED = "deleted"  # with its webhook, during the attempt


class Claim(NamedTuple):
    """A delivery that the caller attempts now."""

    webhook: WebhookState
    id: UUID
    event: str
    body: str
    attempts: int  # with this one
    requested_at: datetime


CLAIMED = Claim._fields[1:]  # columns of the delivery


class Recorded(NamedTuple):
    outcome: Outcome
    next_claim: Claim | None


def find_waiting_webhook(*, slow: bool, excluded: Collection[UUID]) -> UUID | None:
    """Return the webhook with due deliveries that was taken least recently, or None.

    ``slow`` chooses between those whose last attempt took long, and the others.
    """
    statement = select(Webhook.id).where(
        Webhook.enabled,
        Webhook.slow.is_(slow),
        or_(Webhook.paused_until.is_(None), Webhook.paused_until <= clock.now()),
        Webhook.id.not_in(excluded),
        select(WebhookDelivery.id).where(_is_due(Webhook.id, Webhook.ordered)).exists(),
    )
    with autocommit() as connection:
        return connection.scalar(statement.order_by(Webhook.claimed_at.nulls_first()).limit(1))


def take_webhook(webhook_id: UUID) -> Claim | None:
    """Record that the webhook had its turn, and claim its first delivery in this transaction."""
    now = clock.now()
    was_quiet = Webhook.claimed_at < now - MAX_QUIET  # then its former failures say nothing
    failing_since = case((was_quiet, null()), else_=Webhook.failing_since)
    change_webhook(webhook_id, claimed_at=now, failing_since=failing_since)
    webhook = lock_webhook(webhook_id)
    return _claim(webhook) if webhook else None


def record_attempt(claim: Claim, attempt: Attempt, *, continues: bool) -> Recorded:
    """Record the outcome of an attempt, and claim the next delivery of the webhook if it continues.

    One transaction does both, so that a killed worker has one claimed delivery, which it attempts
    at most once more than recorded. Nothing is claimed of a webhook that is deleted, disabled or
    paused by then.
    """
    webhook = lock_webhook(claim.webhook.id)
    if webhook is None:
        return Recorded(Outcome.DELETED, None)
    followed = _follow_attempt(webhook, attempt)
    outcome = _record_outcome(claim, attempt)
    add_attempt(claim.id, attempt)
    db.session.flush()
    return Recorded(outcome, _claim(followed) if followed and continues else None)


def _is_due(
    webhook_id: SQLColumnExpression[UUID] | UUID, ordered: SQLColumnExpression[bool]
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
        WebhookDelivery.next_attempt_at <= clock.now(),
        not_(and_(ordered, has_earlier.exists())),
    )


def _claim(webhook: WebhookState) -> Claim | None:
    """Claim the delivery that has been due for the longest time."""
    if not webhook.can_receive:
        return None
    ordered = true() if webhook.ordered else false()
    due = select(WebhookDelivery.id).where(_is_due(webhook.id, ordered))
    first = due.order_by(WebhookDelivery.next_attempt_at, WebhookDelivery.id).limit(1)
    chosen = first.with_for_update(skip_locked=True, of=WebhookDelivery).cte("chosen")
    statement = (
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_(select(chosen.c.id)))
        .values(next_attempt_at=clock.now() + LEASE, attempts=WebhookDelivery.attempts + 1)
        .returning(*(getattr(WebhookDelivery, name) for name in CLAIMED))
    )
    options = {"synchronize_session": False}
    row = db.session.execute(statement, execution_options=options).one_or_none()
    return Claim(webhook, *row) if row else None


def _follow_attempt(webhook: WebhookState, attempt: Attempt) -> WebhookState | None:
    """Record what the attempt says about the webhook, and return its state then."""
    changes = _find_changes(webhook, attempt)
    if changes:
        change_webhook(webhook.id, **changes)
    if not attempt.is_success and disable_if_hopeless(webhook, attempt):
        return None
    return lock_webhook(webhook.id) if changes else webhook


def _find_changes(webhook: WebhookState, attempt: Attempt) -> dict[str, object]:
    changes: dict[str, object] = {}
    if webhook.slow != attempt.is_slow:
        changes["slow"] = attempt.is_slow
    if attempt.is_success:
        if webhook.failing_since:
            changes |= {"failures": 0, "failing_since": None}
        return changes
    changes["failures"] = Webhook.failures + 1
    changes["failing_since"] = webhook.failing_since or attempt.at
    if pause := max(choose_pause(webhook.failures + 1), attempt.retry_after):
        changes["paused_until"] = max(clock.now() + pause, webhook.paused_until or attempt.at)
    return changes


def _record_outcome(claim: Claim, attempt: Attempt) -> Outcome:
    """Change the delivery. If the claim has expired meanwhile, only a success counts."""
    is_claimed = WebhookDelivery.attempts == claim.attempts
    if attempt.is_success:
        state, at = DeliveryState.DELIVERED, clock.now()
        _change_delivery(claim.id, state=state, last_error=None, delivered_at=at)
        return Outcome.DELIVERED
    next_attempt_at = _choose_next_attempt(claim, attempt)
    if next_attempt_at is None:
        state = DeliveryState.FAILED
        _change_delivery(claim.id, is_claimed, state=state, last_error=attempt.reason)
        return Outcome.FAILED
    values = {"next_attempt_at": next_attempt_at, "last_error": attempt.reason}
    _change_delivery(claim.id, is_claimed, **values)
    return Outcome.POSTPONED


def _choose_next_attempt(claim: Claim, attempt: Attempt) -> datetime | None:
    if attempt.is_gone:
        return None
    return choose_next_attempt(
        claim.attempts,
        now=clock.now(),
        requested_at=claim.requested_at,
        retry_after=attempt.retry_after,
    )


def _change_delivery(delivery_id: UUID, *conditions: ColumnElement[bool], **values: object) -> None:
    statement = update(WebhookDelivery).where(
        WebhookDelivery.id == delivery_id,
        WebhookDelivery.state == DeliveryState.PENDING,
        *conditions,
    )
    db.session.execute(statement.values(values), execution_options={"synchronize_session": False})
