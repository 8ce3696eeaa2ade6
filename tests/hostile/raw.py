"""Connections on which anything may be sent, whole or in part."""

import io
import socket
from http.client import HTTPResponse
from typing import NamedTuple

TIMEOUT_SECONDS = 15


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Recording(io.BytesIO):
    """What came over a connection, for ``HTTPResponse`` to read from."""

    def makefile(self, _mode: str) -> "Recording":
        return self

    def close(self) -> None:
        """Stay, for the next answer."""


def connect(port: int, octets: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
    try:
        connection.sendall(octets)
    except OSError:
        connection.close()
        raise
    return connection


def head(port: int, first: str, *lines: str) -> bytes:
    """Return the header of a request with a good Host."""
    return "\r\n".join([first, f"Host: 127.0.0.1:{port}", *lines, "", ""]).encode("latin-1")


def replies(connection: socket.socket, method: str = "GET") -> list[Reply]:
    """Read until the other side closes.

    Raises:
        TimeoutError: it does not.
    """
    received = bytearray()
    try:
        while octets := connection.recv(65536):
            received += octets
    except ConnectionResetError:  # closed with something of ours unread
        pass
    recording, told = Recording(bytes(received)), []
    while recording.tell() < len(received):
        response = HTTPResponse(recording, method=method)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        told.append(Reply(response.status, headers, response.read()))
    return told


def only_reply(port: int, octets: bytes, method: str = "GET") -> Reply:
    """Send this, and return the one answer there is before the connection is closed."""
    with connect(port, octets) as connection:
        (reply,) = replies(connection, method)
    return reply
