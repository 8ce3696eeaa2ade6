"""Which webhook a thread of the worker delivers to next.

A lane is a group of threads. The fast one has the webhooks that answer quickly. A webhook whose
last attempt took long is in the slow one, so that it delays none of the others. And a webhook has
few threads of a lane, so that those that begin to hang leave some of the fast lane to the others.
Those that hung lately, and perhaps do so now and then, share a quarter of it.
An ordered webhook in which all deliveries wait for others is skipped, the longer the more there
are. A thread that waits for a receiver costs little: it has no connection to the database.
"""

import time
from collections import Counter
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
SEARCH_INTERVAL_SECONDS = 0.5  # of a lane that found nothing, or got no answer
SKIP_SECONDS = 0.05  # after a claim that failed, or during a change of the webhook
SKIP_FACTOR = 50  # of a search without a result: all take at most 2 % of the time of a connection
MAX_SKIP_SECONDS = 30.0


class Lane:
    """Chooses the webhooks of a group of threads."""

    def __init__(self, *, slow: bool, stop: Event) -> None:
        self.slow = slow
        self.stop = stop
        self.threads = SLOW_THREADS if slow else FAST_THREADS
        self._busy: Counter[UUID] = Counter()  # threads that work for a webhook
        self._skipped: dict[UUID, float] = {}  # until when
        self._hanging: dict[UUID, float] = {}  # that hung, and until when that is remembered
        self._lock = Lock()
        self._next_search_at = 0.0

    def deliver_next(self) -> bool:
        """Deliver to the webhook that is next, for one turn. Return whether there was one."""
        webhook = self._find()
        if webhook is None:
            return False
        try:
            claim = self._claim(webhook)
            if claim is not None:
                started = time.monotonic()
                take_turn(claim, self.stop)
                self._remember(webhook.id, time.monotonic() - started)
        finally:
            with self._lock:
                self._busy[webhook.id] -= 1
        return True

    def _claim(self, webhook: Waiting) -> Claim | None:
        """Claim a delivery of the webhook, which is skipped for a time if there is none.

        A search may be costly only if the webhook is ordered. Other time does not count, such as
        that of waiting for a connection.
        """
        claim, skip_seconds = None, SKIP_SECONDS
        try:
            claim, seconds = in_transaction(lambda: queue.take_webhook(webhook.id))
            if webhook.ordered:
                skip_seconds = max(SKIP_SECONDS, min(SKIP_FACTOR * seconds, MAX_SKIP_SECONDS))
        finally:
            if claim is None:
                with self._lock:
                    self._skipped[webhook.id] = time.monotonic() + skip_seconds
        return claim

    def _remember(self, webhook_id: UUID, seconds: float) -> None:
        """Remember a webhook that hung; in the slow lane that is usual.

        It is not skipped, since what waited for its deliveries may be next.
        """
        with self._lock:
            self._skipped.pop(webhook_id, None)
            if seconds > HANGING_SECONDS and not self.slow:
                self._hanging[webhook_id] = time.monotonic() + REMEMBERED_SECONDS

    def _find(self) -> Waiting | None:
        """Find the next webhook. While there is none, one thread searches for all of them.

        So it does while the database does not answer: else each one would wait for it in turn.
        """
        with self._lock:
            if time.monotonic() < self._next_search_at:
                return None
            found = None
            try:
                found = find_waiting_webhook(slow=self.slow, excluded=self._find_excluded())
            finally:
                if found is None:
                    self._next_search_at = time.monotonic() + SEARCH_INTERVAL_SECONDS
            if found is not None:
                self._busy[found.id] += 1
            return found

    def _find_excluded(self) -> list[UUID]:
        """Return the webhooks that are skipped, and those that may not have another thread now."""
        self._skipped, self._hanging = _drop_past(self._skipped), _drop_past(self._hanging)
        self._busy = +self._busy  # without those that have none
        is_half_busy = self._busy.total() > self.threads / 2
        max_threads = 1 if is_half_busy else MAX_THREADS_PER_WEBHOOK
        full = [webhook_id for webhook_id, count in self._busy.items() if count >= max_threads]
        have_their_share = sum(self._busy[it] for it in self._hanging) >= self.threads / 4
        return [*self._skipped, *full, *(self._hanging if have_their_share else ())]


def _drop_past(times: dict[UUID, float]) -> dict[UUID, float]:
    now = time.monotonic()
    return {webhook_id: until for webhook_id, until in times.items() if until > now}
