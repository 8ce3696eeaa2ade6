"""A time limit for all that happens on a connection; the timeout of a socket is for one read."""

import time
from contextlib import suppress
from socket import SHUT_RDWR, socket
from threading import Timer
from typing import Self


class Deadline:
    """Ends a connection that takes too long in all."""

    def __init__(self, seconds: float):
        self.is_over = False
        self._ends_at = time.monotonic() + seconds
        self._socket: socket | None = None
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, connection: socket | None) -> None:
        """End this connection when the time is over.

        Raises:
            TimeoutError: it is over already.
        """
        self._socket = connection
        if self.is_over:
            raise TimeoutError

    def count_remaining_seconds(self) -> float:
        """Return how much time is left.

        Raises:
            TimeoutError: none is.
        """
        remaining = self._ends_at - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        return remaining

    def _end(self) -> None:
        self.is_over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(SHUT_RDWR)
