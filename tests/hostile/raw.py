"""Connections on which a test sends any bytes, complete or not."""

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
    """The received bytes, in the form that ``HTTPResponse`` reads."""

    def makefile(self, _mode: str) -> "Recording":
        return self

    def close(self) -> None:
        """Stay open for the next response."""


def connect(port: int, octets: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
    try:
        connection.sendall(octets)
    except OSError:
        connection.close()
        raise
    return connection


def build_head(port: int, first: str, *lines: str) -> bytes:
    """Return the header of a request with a good Host."""
    return "\r\n".join([first, f"Host: 127.0.0.1:{port}", *lines, "", ""]).encode("latin-1")


def read_replies(connection: socket.socket, method: str = "GET") -> list[Reply]:
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
    recording, found = Recording(bytes(received)), []
    while recording.tell() < len(received):
        response = HTTPResponse(recording, method=method)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        found.append(Reply(response.status, headers, response.read()))
    return found


def send_and_read(port: int, octets: bytes, method: str = "GET") -> Reply:
    """Send bytes, and return the one response before the connection is closed."""
    with connect(port, octets) as connection:
        (reply,) = read_replies(connection, method)
    return reply
