"""Delivers to one webhook for one turn. No transaction is open during an attempt."""

import time
from threading import Event

import prometheus_client
import structlog
from cryptography.exceptions import InvalidTag
from flask import Flask, current_app

from api.core import clock
from api.core.database import in_transaction
from api.core.errors import DatabaseUnavailable
from api.web.metrics import exporter
from api.webhooks import queue
from api.webhooks.attempts import Attempt
from api.webhooks.claiming import Claim
from api.webhooks.queue import Recorded
from api.webhooks.send_errors import SendError, describe_error
from api.webhooks.signing import make_headers
from api.webhooks.signing_secrets import decrypt_secret
from api.webhooks.states import WebhookState
from api.webhooks.transport import Connection, Network

EXTENSION = "rollbook.webhooks.network"
TURN_SECONDS = 0.5  # of one webhook; an attempt that has begun is finished
RECORD_INTERVAL_SECONDS = 1.0

deliveries = prometheus_client.Counter(
    "rollbook_webhook_deliveries",
    "Attempts to deliver an event to a webhook, by what they led to.",
    ("outcome",),
    registry=exporter.registry,
)
log = structlog.get_logger()


def take_turn(claim: Claim, stop: Event) -> None:
    """Deliver what is due, one after the other."""
    ends_at = time.monotonic() + TURN_SECONDS
    following: Claim | None = claim
    while following is not None:  # more than once if the URL of the webhook is changed meanwhile
        with Connection(following.webhook.url, current_network()) as connection:
            following = _deliver_on(connection, following, ends_at, stop)


def _deliver_on(connection: Connection, claim: Claim, ends_at: float, stop: Event) -> Claim | None:
    """Deliver on one connection until the turn ends; return a claim of another URL, if any."""
    url = claim.webhook.url
    while claim.webhook.url == url:
        attempt = _make_attempt(claim, connection)
        continues = time.monotonic() < ends_at and not stop.is_set()
        recorded = _record(claim, attempt, continues=continues)
        _report(claim, attempt, recorded)
        if recorded.next_claim is None:
            return None
        claim = recorded.next_claim
    return claim


def _make_attempt(claim: Claim, connection: Connection) -> Attempt:
    """Send a delivery, and return what came of it."""
    at, started = clock.now(), time.monotonic()
    headers: dict[str, str] = {}
    response, error, is_internal_error = None, None, False
    try:
        body = claim.body.encode()
        headers = make_headers(
            body,
            delivery_id=str(claim.id),
            timestamp=int(at.timestamp()),
            secrets=_find_secrets(claim.webhook),
        )
        response = connection.post(body, headers)
    except SendError as failure:
        error = failure.text
    except InvalidTag:
        error, is_internal_error = "the secret is encrypted with another ENCRYPTION_KEY", True
    except Exception as failure:
        log.exception("webhook.crashed", delivery_id=str(claim.id))
        error, is_internal_error = describe_error(failure), True
    return Attempt(
        at=at,
        seconds=time.monotonic() - started,
        url=claim.webhook.url,
        address=connection.address,
        headers=headers,
        response=response,
        error=error,
        is_internal_error=is_internal_error,
    )


def _find_secrets(webhook: WebhookState) -> list[str]:
    """Return the secret of the webhook, and the former one while it is valid."""
    encrypted = [webhook.secret]
    until = webhook.former_secret_until
    if webhook.former_secret is not None and until is not None and until > clock.now():
        encrypted.append(webhook.former_secret)
    return [decrypt_secret(secret, webhook.id) for secret in encrypted]


def _record(claim: Claim, attempt: Attempt, *, continues: bool) -> Recorded:
    """Record an attempt, and try again while the database does not answer and the claim lasts.

    Otherwise a short outage would have the event delivered twice.
    """
    while True:
        try:
            return in_transaction(lambda: queue.record_attempt(claim, attempt, continues=continues))
        except DatabaseUnavailable:
            if clock.now() > claim.next_attempt_at:
                raise
            time.sleep(RECORD_INTERVAL_SECONDS)


def _report(claim: Claim, attempt: Attempt, recorded: Recorded) -> None:
    deliveries.labels(recorded.outcome).inc()
    log.info(
        "webhook.attempted",
        outcome=recorded.outcome.value,
        webhook_id=str(claim.webhook.id),
        delivery_id=str(claim.id),
        webhook_event=claim.event,
        attempt=claim.attempts,
        milliseconds=round(attempt.seconds * 1000),
        reason=attempt.reason,
    )


def current_network() -> Network:
    """Return how the current application reaches webhooks."""
    network: Network = current_app.extensions[EXTENSION]
    return network


def init_app(app: Flask, network: Network) -> None:
    app.extensions[EXTENSION] = network
