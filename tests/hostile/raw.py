"""Connections on which a test can send any bytes, also incomplete requests."""

import io
import socket
from http.client import HTTPResponse
from typing import NamedTuple

TIMEOUT_SECONDS = 15


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class ReceivedBytes(io.BytesIO):
    """The received bytes, with the interface of a socket that ``HTTPResponse`` reads."""

    def makefile(self, _mode: str) -> "ReceivedBytes":
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
    """Return the head of a request: the first line, a valid Host and other header lines."""
    return "\r\n".join([first, f"Host: 127.0.0.1:{port}", *lines, "", ""]).encode("latin-1")


def read_replies(connection: socket.socket, method: str = "GET") -> list[Reply]:
    """Read responses until the server closes the connection.

    Raises:
        TimeoutError: the server does not close it.
    """
    received = bytearray()
    try:
        while octets := connection.recv(65536):
            received += octets
    except ConnectionResetError:  # the server closed without reading all of the request
        pass
    stream, replies = ReceivedBytes(received), []
    while stream.tell() < len(received):
        response = HTTPResponse(stream, method=method)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        replies.append(Reply(response.status, headers, response.read()))
    return replies


def send_and_read(port: int, octets: bytes, method: str = "GET") -> Reply:
    """Send bytes, and return the one response before the connection is closed."""
    with connect(port, octets) as connection:
        (reply,) = read_replies(connection, method)
    return reply
