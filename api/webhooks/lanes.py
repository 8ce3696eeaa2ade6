"""Which webhook a thread of the worker delivers to next.

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

from api.core.database import in_transaction
from api.webhooks import queue
from api.webhooks.attempts import SLOW_SECONDS
from api.webhooks.claiming import Claim, Waiting, find_waiting_webhook
from api.webhooks.delivery import TURN_SECONDS, take_turn

FAST_THREADS, SLOW_THREADS = 32, 8
MAX_THREADS_PER_WEBHOOK = 2  # and one while more than half of the lane is busy
HANGING_SECONDS = TURN_SECONDS + SLOW_SECONDS  # a turn of a webhook that answers is shorter
REMEMBERED_SECONDS = 600.0  # that a webhook hung
LOOK_SECONDS = 0.5  # between two looks of a lane that found nothing
REST_SECONDS = 0.05  # after a claim in vain, as while a webhook is being changed
REST_FACTOR = 50  # so that searches in vain take at most 2 % of the time of one connection


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
        with self._choose() as webhook:
            if webhook is None:
                return False
            claim = self._claim(webhook)
            if claim is not None:
                started = time.monotonic()
                take_turn(claim, self.stop)
                self._remember(webhook.id, time.monotonic() - started)
            return True

    @contextmanager
    def _choose(self) -> Iterator[Waiting | None]:
        webhook = self._find()
        try:
            yield webhook
        finally:
            if webhook is not None:
                with self._lock:
                    self._busy[webhook.id] -= 1

    def _claim(self, webhook: Waiting) -> Claim | None:
        """Claim a delivery of the webhook, which rests if there is none or the search failed."""
        claim, started = None, time.monotonic()
        try:
            claim = in_transaction(lambda: queue.take_webhook(webhook.id))
        finally:
            if claim is None:
                now = time.monotonic()
                seconds = REST_FACTOR * (now - started) if webhook.ordered else REST_SECONDS
                with self._lock:
                    self._resting[webhook.id] = now + seconds
        return claim

    def _remember(self, webhook_id: UUID, seconds: float) -> None:
        """Remember a webhook that hung; in the slow lane that is usual.

        It need not rest, since what waited for its deliveries may be next.
        """
        with self._lock:
            self._resting.pop(webhook_id, None)
            if seconds > HANGING_SECONDS and not self.slow:
                self._hung[webhook_id] = time.monotonic() + REMEMBERED_SECONDS

    def _find(self) -> Waiting | None:
        """Find the next webhook. While there is none, one thread looks for all of them."""
        with self._lock:
            if time.monotonic() < self._next_look:
                return None
            found = find_waiting_webhook(slow=self.slow, excluded=self._find_excluded())
            if found is None:
                self._next_look = time.monotonic() + LOOK_SECONDS
            else:
                self._busy[found.id] += 1
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
