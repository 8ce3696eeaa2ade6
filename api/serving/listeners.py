"""The port of the service, opened by the supervisor before there are workers."""

import socket
from collections.abc import Iterable

UNREAD_MILLISECONDS = 20_000  # for which a client may leave no room for more of its answer


class CannotStart(Exception):
    """Something other than a setting is in the way."""


def listen(host: str, port: int, workers: int) -> list[socket.socket]:
    """Open the port once for each worker; the system spreads connections over them.

    Left to granian, what waits to be taken would be lost with a worker that dies, and a client that
    does not read would have no deadline. It is first asked for alone: to share it would do beside
    another service of the same user.

    Raises:
        CannotStart: it cannot be had.
    """
    try:
        with _bound(host, port) as alone:
            port = alone.getsockname()[1]
        return [_bound(host, port, socket.SO_REUSEPORT) for _ in range(workers)]
    except OSError as error:
        told = f"HOST, PORT: cannot listen on {host}:{port}: {error.strerror}"
        raise CannotStart(told) from None


def _bound(host: str, port: int, *shared: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        for option in (socket.SO_REUSEADDR, *shared):
            listener.setsockopt(socket.SOL_SOCKET, option, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MILLISECONDS)
        listener.setblocking(False)  # noqa: FBT003  as granian expects it
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def close_all(listeners: Iterable[socket.socket]) -> None:
    for listener in listeners:
        listener.close()
