"""Writes lines to a descriptor, and does not wait long for its reader.

A log driver can stop reading: then a pipe is full after 64 KiB, and a plain write waits for ever.
"""

import os
import select
import socket
import stat
from collections.abc import Callable
from time import monotonic

MAX_WAIT_SECONDS = 0.2  # for a reader that is slow; while it stays so, no further line waits

Write = Callable[[bytes], int]  # returns the number of bytes, or raises BlockingIOError


class Output:
    """A descriptor with the state of its reader."""

    def __init__(
        self, descriptor: int, write: Write, close: Callable[[], None] = lambda: None
    ) -> None:
        self.descriptor = descriptor
        self.write_now = write
        self.close = close
        self.is_stalled = False
        self.is_torn = False  # the last line was written in part

    def write(self, line: bytes) -> bool:
        """Write a line. Return False if it is dropped, since the reader does not read."""
        left = b"\n" + line if self.is_torn else line
        size, deadline = len(left), monotonic() + MAX_WAIT_SECONDS
        while left:
            try:
                left = left[self.write_now(left) :]
            except BlockingIOError:
                if self.is_stalled or not self._wait_until_writable(deadline):
                    self.is_stalled, self.is_torn = True, self.is_torn or len(left) < size
                    return False
        self.is_stalled = self.is_torn = False
        return True

    def _wait_until_writable(self, deadline: float) -> bool:
        poll = select.poll()
        poll.register(self.descriptor, select.POLLOUT)
        return bool(poll.poll(max(0.0, deadline - monotonic()) * 1000))


def open_output(descriptor: int) -> Output:
    """Return an output for a descriptor of this process.

    Only its own writes return at once. The descriptor itself is shared with other processes, which
    do not expect that.

    Raises:
        OSError: the descriptor is closed.
    """
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISSOCK(mode):  # of the journal of systemd
        connection = socket.socket(fileno=os.dup(descriptor))
        return Output(
            descriptor, lambda line: connection.send(line, socket.MSG_DONTWAIT), connection.close
        )
    if stat.S_ISFIFO(mode) or os.isatty(descriptor):
        own = _open_again(descriptor)
        return Output(own, lambda line: os.write(own, line), lambda: os.close(own))
    return Output(descriptor, lambda line: os.write(descriptor, line))


def _open_again(descriptor: int) -> int:
    """Open a pipe or a terminal a second time, without blocking.

    Other processes that share the first descriptor still block. If this user may not open it, the
    first descriptor itself becomes non-blocking, for all of them.
    """
    try:
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        return os.open(f"/dev/fd/{descriptor}", flags)
    except OSError:
        own = os.dup(descriptor)
        os.set_blocking(own, False)
        return own
