"""A TCP connection to the database that a test can cut, or silence without cutting it."""

import socket
from contextlib import suppress
from threading import Event, Thread

BUFFER_BYTES = 65_536


class Cable:
    """A forwarder from a new port to a server.

    ``cut`` closes all connections and rejects new ones, ``mute`` receives bytes and forwards none,
    ``mend`` ends both.
    """

    def __init__(self, host: str, port: int) -> None:
        self.server = (host, port)
        self.flows = Event()
        self.ends: list[socket.socket] = []
        self.entrance = self._open(0)
        self.port: int = self.entrance.getsockname()[1]
        self.flows.set()

    def _open(self, port: int) -> socket.socket:
        entrance = socket.create_server(("127.0.0.1", port), backlog=100)
        Thread(target=self._accept, args=(entrance,), daemon=True).start()
        return entrance

    def _accept(self, entrance: socket.socket) -> None:
        with suppress(OSError):  # it is closed
            while True:
                near, _ = entrance.accept()
                far = socket.create_connection(self.server)
                self.ends += [near, far]
                Thread(target=self._carry, args=(near, far), daemon=True).start()
                Thread(target=self._carry, args=(far, near), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while received := source.recv(BUFFER_BYTES):
                self.flows.wait()
                target.sendall(received)
        for end in (source, target):
            _end(end)

    def cut(self) -> None:
        _end(self.entrance)
        for end in self.ends:
            _end(end)
        self.ends.clear()

    def mute(self) -> None:
        self.flows.clear()

    def mend(self) -> None:
        self.flows.set()
        if self.entrance.fileno() == -1:
            self.entrance = self._open(self.port)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
