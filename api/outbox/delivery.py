"""Delivering messages. No transaction is open while a channel works."""

import time

import structlog
from cryptography.exceptions import InvalidTag
from prometheus_client import Counter

from api.core.database import in_transaction
from api.core.errors import DatabaseUnavailable
from api.outbox import queue
from api.outbox.channels import Delivery, current_channels
from api.outbox.errors import DeliveryError, PermanentDeliveryError, TransientDeliveryError
from api.outbox.models import OutboxMessage
from api.outbox.queue import LEASE, MAX_ATTEMPTS, Outcome
from api.outbox.service import read_content
from api.web.metrics import exporter

RECORD_INTERVAL_SECONDS = 1.0

deliveries = Counter(
    "rollbook_outbox_deliveries",
    "Attempts to deliver a message, by what they led to.",
    ("kind", "outcome"),
    registry=exporter.registry,
)
log = structlog.get_logger()


def deliver_next() -> bool:
    """Deliver the message that is due next. Return whether there was one."""
    message = queue.claim_next()
    if message is None:
        return False
    error = _attempt(message)
    outcome = _record_outcome(message, error)
    deliveries.labels(message.kind, outcome).inc()
    log.info(
        "message.attempted",
        outcome=outcome.value,
        message_id=str(message.id),
        kind=message.kind,
        name=message.name,
        attempt=message.attempts,
        reason=error.text if error else None,
    )
    return True


def _attempt(message: OutboxMessage) -> DeliveryError | None:
    """Pass the message to its channel, and return the error, or None if it was delivered."""
    if message.attempts > MAX_ATTEMPTS:
        return PermanentDeliveryError("the worker ended during the last attempts")
    try:
        current_channels()[message.kind](_make_delivery(message))
    except DeliveryError as error:
        return error
    except Exception as error:
        log.exception("message.crashed", message_id=str(message.id), kind=message.kind)
        return TransientDeliveryError(f"unexpected {type(error).__name__}; see the log")
    return None


def _make_delivery(message: OutboxMessage) -> Delivery:
    try:
        content = read_content(message)
    except InvalidTag:
        text = "the content is encrypted with another ENCRYPTION_KEY"
        raise TransientDeliveryError(text) from None
    return Delivery(
        message_id=message.id,
        name=message.name,
        content=content,
        created_at=message.created_at,
        attempt=message.attempts,
    )


def _record_outcome(message: OutboxMessage, error: DeliveryError | None) -> Outcome:
    """Record the outcome, and try again while the database does not answer and the claim lasts.

    Otherwise a short outage would have the message delivered twice.
    """
    give_up_at = time.monotonic() + LEASE.total_seconds()
    while True:
        try:
            return in_transaction(lambda: queue.record_outcome(message, error))
        except DatabaseUnavailable:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(RECORD_INTERVAL_SECONDS)
