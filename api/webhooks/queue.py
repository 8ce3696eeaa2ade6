"""Which delivery is next, and what becomes of it after an attempt.

The queue is fair: a thread of the worker takes the webhook that has waited longest, delivers to it
for one turn, and takes another one. A delivery is claimed as a message of the outbox is: its next
attempt is moved beyond the time that an attempt can take. No lock is held during an attempt.

Each transaction locks the webhook first: it cannot be deleted between the check that it exists and
the claim. It takes the lock that it needs at once, and no stronger one later (see ``states``).
"""

import time
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, case, null, update

from api.core import clock
from api.core.database import db
from api.webhooks.attempts import Attempt, add_attempt
from api.webhooks.claiming import Claim, claim_delivery
from api.webhooks.disabling import disable_after_failures
from api.webhooks.models import DeliveryState, Webhook, WebhookDelivery
from api.webhooks.retries import choose_next_attempt, choose_pause
from api.webhooks.states import (
    WebhookState,
    change_webhook,
    lock_webhook,
    lock_webhook_if_free,
    was_quiet,
)

MARK_DELIVERED = (  # made once, as it is executed most often
    update(WebhookDelivery)
    .where(
        WebhookDelivery.id == bindparam("given_id"),
        WebhookDelivery.state == DeliveryState.PENDING,
        WebhookDelivery.requested_at == bindparam("claimed_request"),
    )
    .values(state=DeliveryState.DELIVERED, last_error=None, delivered_at=bindparam("at"))
)


class Outcome(StrEnum):
    """What an attempt led to. The value is a label of a metric."""

    DELIVERED = "delivered"
    POSTPONED = "postponed"
    FAILED = "failed"
    DELETED = "deleted"  # with its webhook, during the attempt


class Recorded(NamedTuple):
    outcome: Outcome
    next_claim: Claim | None


class Taken(NamedTuple):
    claim: Claim | None
    search_seconds: float  # how long the search for it took


def take_webhook(webhook_id: UUID) -> Taken:
    """Claim the first delivery of the webhook, and record that it has its turn.

    There is none, and no search, if another transaction changes the webhook now.
    """
    webhook = lock_webhook_if_free(webhook_id)
    if webhook is None:
        return Taken(None, 0)
    started = time.monotonic()
    claim = claim_delivery(webhook)
    search_seconds = time.monotonic() - started
    if claim is not None:
        now = clock.now()
        forgets = was_quiet(now)
        change_webhook(
            webhook_id,
            last_attempt_at=now,
            failing_since=case((forgets, null()), else_=Webhook.failing_since),
            failures=case((forgets, 0), else_=Webhook.failures),
        )
    return Taken(claim, search_seconds)


def record_attempt(claim: Claim, attempt: Attempt, *, continues: bool) -> Recorded:
    """Record the outcome of an attempt, and claim the next delivery of the webhook if it continues.

    One transaction does both, so that a killed worker has one claimed delivery, which it attempts
    at most once more than recorded. Nothing is claimed of a webhook that is deleted, disabled or
    paused by then.
    """
    to_change = _can_change_webhook(claim.webhook, attempt)
    webhook = lock_webhook(claim.webhook.id, to_change=to_change)
    if webhook is None:
        return Recorded(Outcome.DELETED, None)
    is_current_url = attempt.url == webhook.url
    updated = _update_webhook(webhook, attempt) if to_change and is_current_url else webhook
    outcome = _record_outcome(claim, attempt, is_current_url=is_current_url)
    add_attempt(claim.id, attempt)
    return Recorded(outcome, claim_delivery(updated) if updated and continues else None)


def _can_change_webhook(webhook: WebhookState, attempt: Attempt) -> bool:
    """Return whether an attempt changes its webhook, as that was when the delivery was claimed.

    If another thread has recorded a failure meanwhile, a success leaves it: the next one ends it.
    An error of Rollbook itself is no failure of the receiver.
    """
    if attempt.is_internal_error:
        return False
    return bool(not attempt.is_success or webhook.failures or webhook.slow != attempt.is_slow)


def _update_webhook(webhook: WebhookState, attempt: Attempt) -> WebhookState | None:
    """Record what the attempt means for the webhook, and return its state then."""
    changes = _find_changes(webhook, attempt)
    updated = change_webhook(webhook.id, **changes) if changes else webhook
    is_disabled = not attempt.is_success and disable_after_failures(webhook, attempt)
    return None if is_disabled else updated


def _find_changes(webhook: WebhookState, attempt: Attempt) -> dict[str, object]:
    changes: dict[str, object] = {}
    if webhook.slow != attempt.is_slow:
        changes["slow"] = attempt.is_slow
    if attempt.is_success:
        if webhook.failures:
            changes |= {"failures": 0, "failing_since": None}
        return changes
    changes["failures"] = Webhook.failures + 1
    changes["failing_since"] = webhook.failing_since or attempt.at
    if pause := max(choose_pause(webhook.failures + 1), attempt.retry_after):
        changes["paused_until"] = max(clock.now() + pause, webhook.paused_until or attempt.at)
    return changes


def _record_outcome(claim: Claim, attempt: Attempt, *, is_current_url: bool) -> Outcome:
    """Change the delivery. If the claim has expired meanwhile, only a success counts.

    If the delivery was asked for again meanwhile, nothing counts: another attempt is due.
    """
    if attempt.is_success:
        values = {
            "given_id": claim.id,
            "claimed_request": claim.requested_at,
            "at": clock.now(),
        }
        db.session.connection().execute(MARK_DELIVERED, values)
        return Outcome.DELIVERED
    next_attempt_at = _choose_next_attempt(claim, attempt, is_current_url=is_current_url)
    if next_attempt_at is None:
        _change_delivery(claim, state=DeliveryState.FAILED, last_error=attempt.reason)
        return Outcome.FAILED
    _change_delivery(claim, next_attempt_at=next_attempt_at, last_error=attempt.reason)
    return Outcome.POSTPONED


def _choose_next_attempt(
    claim: Claim, attempt: Attempt, *, is_current_url: bool
) -> datetime | None:
    """Return when to try again. What another URL has asked for does not matter to the current one.

    ``is_current_url`` is whether the attempt went to the current URL of the webhook.
    """
    if attempt.is_gone and is_current_url:
        return None
    return choose_next_attempt(
        claim.attempts,
        now=clock.now(),
        requested_at=claim.requested_at,
        retry_after=attempt.retry_after if is_current_url else timedelta(),
    )


def _change_delivery(claim: Claim, **values: object) -> None:
    """Change a delivery that is still claimed for the same request."""
    statement = update(WebhookDelivery).where(
        WebhookDelivery.id == claim.id,
        WebhookDelivery.state == DeliveryState.PENDING,
        WebhookDelivery.requested_at == claim.requested_at,
        WebhookDelivery.attempts == claim.attempts,
    )
    db.session.execute(statement.values(values), execution_options={"synchronize_session": False})
