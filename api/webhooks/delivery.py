"""Delivers to one webhook after the other. No transaction is open during an attempt.

A lane is a group of threads. The fast one has the webhooks that answer quickly. A webhook whose
last attempt took long is in the slow one, so that it delays none of the others. And a webhook has
few threads of a lane, so that those that begin to hang leave some of the fast lane to the others.
Those that hung lately, and perhaps do so now and then, share a quarter of it.
An ordered webhook in which all deliveries wait for others rests, the longer the more there are.
A thread that waits for a receiver costs little: it has no connection to the database.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from uuid import UUID

import prometheus_client
import structlog
from cryptography.exceptions import InvalidTag
from flask import Flask, current_app

from api.core import clock
from api.core.database import in_transaction
from api.core.errors import DatabaseUnavailable
from api.web.metrics import exporter
from api.webhooks import queue
from api.webhooks.attempts import SLOW_SECONDS, Attempt
from api.webhooks.claiming import LEASE, Claim, find_waiting_webhook
from api.webhooks.queue import Recorded
from api.webhooks.send_errors import SendError, describe_error
from api.webhooks.signing import make_headers
from api.webhooks.signing_secrets import decrypt_secret
from api.webhooks.states import WebhookState
from api.webhooks.transport import Connection, Network

EXTENSION = "rollbook.webhooks.network"
FAST_THREADS, SLOW_THREADS = 32, 8
MAX_THREADS_PER_WEBHOOK = 2  # and one while more than half of the lane is busy
TURN_SECONDS = 0.5  # of one webhook; an attempt that has begun is finished
HANGING_SECONDS = TURN_SECONDS + SLOW_SECONDS  # a turn of a webhook that answers is shorter
REMEMBERED_SECONDS = 600.0  # that a webhook hung
LOOK_SECONDS = 0.5  # between two looks of a lane that found nothing
REST_FACTOR = 50  # so that claims in vain take at most 2 % of the time of one connection
RECORD_INTERVAL_SECONDS = 1.0

deliveries = prometheus_client.Counter(
    "rollbook_webhook_deliveries",
    "Attempts to deliver an event to a webhook, by what they led to.",
    ("outcome",),
    registry=exporter.registry,
)
log = structlog.get_logger()


class Lane:
    """Chooses the webhooks of a group of threads."""

    def __init__(self, *, slow: bool, stop: Event) -> None:
        self.slow = slow
        self.stop = stop
        self.threads = SLOW_THREADS if slow else FAST_THREADS
        self._busy: Counter[UUID] = Counter()  # threads that work for a webhook
        self._resting: dict[UUID, float] = {}  # until when
        self._hung: dict[UUID, float] = {}  # until when that is remembered
        self._lock = Lock()
        self._next_look = 0.0

    def deliver_next(self) -> bool:
        """Deliver to the webhook that is next, for a moment. Return whether there was one."""
        with self._choose() as webhook_id:
            if webhook_id is None:
                return False
            claim = self._claim(webhook_id)
            if claim is not None:
                started = time.monotonic()
                _take_turn(claim, self.stop)
                self._remember(webhook_id, time.monotonic() - started)
            return True

    @contextmanager
    def _choose(self) -> Iterator[UUID | None]:
        webhook_id = self._find()
        try:
            yield webhook_id
        finally:
            if webhook_id is not None:
                with self._lock:
                    self._busy[webhook_id] -= 1

    def _claim(self, webhook_id: UUID) -> Claim | None:
        """Claim a delivery of the webhook, which rests if there is none or the search failed."""
        claim, started = None, time.monotonic()
        try:
            claim = in_transaction(lambda: queue.take_webhook(webhook_id))
        finally:
            if claim is None:
                now = time.monotonic()
                with self._lock:
                    self._resting[webhook_id] = now + REST_FACTOR * (now - started)
        return claim

    def _remember(self, webhook_id: UUID, seconds: float) -> None:
        """Remember a webhook that hung; in the slow lane that is usual."""
        if seconds > HANGING_SECONDS and not self.slow:
            with self._lock:
                self._hung[webhook_id] = time.monotonic() + REMEMBERED_SECONDS

    def _find(self) -> UUID | None:
        """Find the next webhook. While there is none, one thread looks for all of them."""
        with self._lock:
            if time.monotonic() < self._next_look:
                return None
            found = find_waiting_webhook(slow=self.slow, excluded=self._find_excluded())
            if found is None:
                self._next_look = time.monotonic() + LOOK_SECONDS
            else:
                self._busy[found] += 1
            return found

    def _find_excluded(self) -> list[UUID]:
        """Return the webhooks that rest, and those that may not have another thread now."""
        self._resting, self._hung = _drop_past(self._resting), _drop_past(self._hung)
        self._busy = +self._busy  # without those that have none
        is_half_busy = self._busy.total() > self.threads / 2
        most = 1 if is_half_busy else MAX_THREADS_PER_WEBHOOK
        is_full_of_hung = sum(self._busy[it] for it in self._hung) >= self.threads / 4
        hung = self._hung if is_full_of_hung else ()
        return [*self._resting, *hung, *(it for it, count in self._busy.items() if count >= most)]


def _drop_past(times: dict[UUID, float]) -> dict[UUID, float]:
    now = time.monotonic()
    return {webhook_id: until for webhook_id, until in times.items() if until > now}


def _take_turn(claim: Claim, stop: Event) -> None:
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
    response, error = None, None
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
        error = "the secret is encrypted with another ENCRYPTION_KEY"
    except Exception as failure:
        log.exception("webhook.crashed", delivery_id=str(claim.id))
        error = describe_error(failure)
    return Attempt(
        at=at,
        seconds=time.monotonic() - started,
        url=claim.webhook.url,
        address=connection.address,
        headers=headers,
        response=response,
        error=error,
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
    give_up_at = time.monotonic() + LEASE.total_seconds()
    while True:
        try:
            return in_transaction(lambda: queue.record_attempt(claim, attempt, continues=continues))
        except DatabaseUnavailable:
            if time.monotonic() > give_up_at:
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
