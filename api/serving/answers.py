"""Answers that are sent while they are made, no faster than the client reads them.

Granian takes in whatever it is given at once, and holds it until the client reads: an export would
be in memory after all. It also ends each answer in good order, whatever became of it. So the
connection itself is looked at: the system tells how many bytes the other side has acknowledged, and
whether it is there; and an answer that cannot be finished is cut off there.
"""

import asyncio
import os
import select
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

from api.serving.listeners import UNREAD_MILLISECONDS
from api.web.request_guard import Headers
from api.web.streams import Stream

AHEAD = 512 * 1024  # bytes that the client has not acknowledged, and the next chunk beyond them
SLOWEST = 64 * 1024  # bytes a second that a client has to read, of the time it is waited for
INTERVAL = 10  # milliseconds
DESCRIPTORS = Path("/proc/self/fd")
ACKNOWLEDGED = 120  # where tcpi_bytes_acked stands in tcp_info, a number of 64 bits (Linux 4.1)
NUMBER = struct.Struct("=Q")
LEFT = select.POLLRDHUP | select.POLLHUP | select.POLLERR


class Unread(Exception):
    """The client has gone, or reads too slowly."""


class Connection:
    """The connection of one client, held beside granian."""

    def __init__(self, held: socket.socket) -> None:
        self.held = held
        self.poll = select.poll()
        self.poll.register(held, LEFT)
        self.before = self._counted()
        self.read = 0  # bytes, when it was last waited for
        self.silent = self.waited = 0.0  # seconds: since then, and in all

    def _counted(self) -> int:
        told = self.held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        counted: int = NUMBER.unpack_from(told, ACKNOWLEDGED)[0]
        return counted

    def acknowledged(self) -> int:
        return self._counted() - self.before

    def wait(self, sent: int) -> None:
        """Wait until little of what was sent is on its way.

        Raises:
            Unread: that is not to be expected any more.
        """
        self._look(0)
        while sent - (read := self.acknowledged()) > AHEAD:
            if read > self.read:
                self.read, self.silent = read, 0.0
            if max(self.silent, self.waited - read / SLOWEST) > UNREAD_MILLISECONDS / 1000:
                raise Unread
            begun = monotonic()
            self._look(INTERVAL)
            self.silent += monotonic() - begun
            self.waited += monotonic() - begun

    def _look(self, milliseconds: int) -> None:
        if self.poll.poll(milliseconds):
            raise Unread

    def cut(self) -> None:
        """End it where it is: the client sees that the answer is not whole."""
        with suppress(OSError):  # it has ended
            self.held.shutdown(socket.SHUT_RDWR)


@contextmanager
def connection_of(scope: Any) -> Iterator[Connection]:
    """Lend the connection on which this request came.

    Raises:
        Unread: there is none any more.
    """
    client, port = _end(scope.client), _end(scope.server)[1]
    for held in _sockets():
        with closing(held):
            if _is_of(held, client, port):
                yield Connection(held)
                return
    raise Unread


def _end(told: str) -> tuple[str, int]:
    host, _, port = told.rpartition(":")
    return host.strip("[]").partition("%")[0], int(port)


def _sockets() -> Iterator[socket.socket]:
    """Copy each of the sockets of this process: the number alone may be another's by now."""
    for number in [int(each.name) for each in DESCRIPTORS.iterdir()]:
        with suppress(OSError):  # closed meanwhile
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield _copied(number)


def _copied(number: int) -> socket.socket:
    copy = os.dup(number)
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise


def _is_of(held: socket.socket, client: tuple[str, int], port: int) -> bool:
    try:
        (host, *others), (_, ours, *_) = held.getpeername(), held.getsockname()
    except (OSError, ValueError):  # it listens, has come to its end, or is of another kind
        return False
    return ours == port and (host.partition("%")[0], others[0]) == client


def send(
    scope: Any,
    proto: Any,
    head: tuple[int, Headers],
    stream: Stream,
    loop: asyncio.AbstractEventLoop,
) -> None:
    """Send the answer from this thread, to its end or until there is nobody to read it.

    Raises:
        Unread: there is nobody.
        Broken: it cannot be finished.
    """
    with closing(stream), connection_of(scope) as connection:
        transport, sent = proto.response_stream(*head), 0
        try:
            for chunk in stream:
                asyncio.run_coroutine_threadsafe(_hand_over(transport, chunk), loop).result()
                sent += len(chunk)
                connection.wait(sent)
        except BaseException:
            connection.cut()
            raise


async def _hand_over(transport: Any, chunk: bytes) -> None:
    try:
        await transport.send_bytes(chunk)
    except RuntimeError as error:  # granian has closed the connection
        raise Unread from error
