"""A bounded queue before a few threads of low priority.

A password hash takes 19 MiB and tens of milliseconds of a processor, and releases the interpreter
lock meanwhile. Without a bound, a flood of logins starves every read and exhausts the memory.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakSet

from prometheus_client import Gauge

from api.core.errors import Overloaded

Result = TypeVar("Result")

MAX_WAIT_SECONDS = 2

calls_waiting = Gauge(
    "rollbook_password_hashes_waiting",
    "Passwords that wait to be hashed.",
    ("queue",),
    multiprocess_mode="livesum",
)
calls_running = Gauge(
    "rollbook_password_hashes_running",
    "Passwords that are being hashed.",
    ("queue",),
    multiprocess_mode="livesum",
)

_limiters: "WeakSet[Limiter]" = WeakSet()


class Limiter:
    """Runs at most ``threads`` calls at once; at most ``queue`` more wait.

    A call keeps its place until it has ended, even if its caller no longer waits, because it uses
    memory until then.
    """

    def __init__(self, threads: int, queue: int, *, nice: int, name: str = "usual") -> None:
        self.waiting, self.running = calls_waiting.labels(name), calls_running.labels(name)
        self.size = threads + queue
        self.threads = threads
        self.nice = nice
        self.open()
        _limiters.add(self)

    def open(self) -> None:
        self.places = threading.BoundedSemaphore(self.size)
        self.pool = ThreadPoolExecutor(
            self.threads, "hashing", initializer=_lower_priority, initargs=(self.nice,)
        )

    def run(
        self,
        call: Callable[..., Result],
        *arguments: Any,
    ) -> Result:
        """Return what the call returns.

        Raises:
            Overloaded: the queue is full, or the call did not start within MAX_WAIT_SECONDS.
        """
        if not self.places.acquire(blocking=False):
            raise Overloaded
        self.waiting.inc()
        future = self.pool.submit(self._run, call, *arguments)
        try:
            return future.result(timeout=MAX_WAIT_SECONDS)
        except TimeoutError:
            if future.cancel():  # it has not started
                self.waiting.dec()
                self.places.release()
                raise Overloaded from None
            return future.result()

    def _run(
        self,
        call: Callable[..., Result],
        *arguments: Any,
    ) -> Result:
        self.waiting.dec()
        self.running.inc()
        try:
            return call(*arguments)
        finally:
            self.running.dec()
            self.places.release()


def _lower_priority(nice: int) -> None:
    """Lower the priority of this thread. Only Linux can do that for a single thread."""
    thread = threading.get_native_id()
    with suppress(OSError):  # root could raise it, if the process has a lower one
        os.setpriority(os.PRIO_PROCESS, thread, max(nice, os.getpriority(os.PRIO_PROCESS, thread)))


def _reopen_all() -> None:
    """Start new threads in a forked process, because it does not inherit threads."""
    for limiter in list(_limiters):
        limiter.open()


os.register_at_fork(after_in_child=_reopen_all)
