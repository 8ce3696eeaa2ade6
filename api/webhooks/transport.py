"""Sends requests to the URL of a webhook.

The name of the host is resolved when a connection is opened, all its addresses are checked, and the
connection goes to one that was checked: another answer of the name server a moment later changes
nothing. No redirect is followed, and no proxy is used.
"""

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection, socket
from typing import Self
from urllib.parse import urlsplit

from api.core.deadlines import Deadline
from api.webhooks.addresses import IpNetwork
from api.webhooks.resolver import Resolver, find_addresses, resolve_by_system
from api.webhooks.send_errors import ENDED, SendError, describe_error

TIMEOUT_SECONDS = 15.0  # for all of it: name, connection, TLS, request and response
CONNECT_SECONDS = 5.0  # for one address
MAX_RESPONSE_BYTES = 65_536  # then the connection is closed
MAX_HEADERS, MAX_HEADER_LENGTH = 30, 200  # that are kept
SECRET_HEADERS = {"set-cookie", "www-authenticate", "proxy-authenticate"}


@dataclass(frozen=True, kw_only=True)
class Network:
    """How webhooks are reached: what tests replace, and the networks of the settings."""

    private_networks: tuple[IpNetwork, ...]
    resolve: Resolver = resolve_by_system
    timeout_seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes


@cache
def make_tls_context() -> ssl.SSLContext:
    """Return a context that requires a certificate of an authority that the system trusts.

    Reading the certificates of the system takes 10 ms, so it is done once.
    """
    return ssl.create_default_context()


class Connection(HTTPConnection):
    """A connection to the URL of one webhook, which lasts for some deliveries.

    ``address`` is the IP address that it is connected to, or was last.
    """

    def __init__(self, url: str, network: Network) -> None:
        parts = urlsplit(url)
        self.is_secure = parts.scheme == "https"
        self.default_port = 443 if self.is_secure else 80
        super().__init__(parts.hostname or "", parts.port or self.default_port)
        self.path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        self.network = network
        self.address: str | None = None
        self._deadline: Deadline | None = None
        self._watched: socket | None = None  # a duplicate: TLS replaces the socket itself

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._forget_watched()

    def post(self, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send a request, and return the response to it.

        Raises:
            SendError: there is no response.
        """
        with Deadline(self.network.timeout_seconds) as deadline:
            self._deadline = deadline
            try:
                return self._post_on_kept_connection(body, headers)
            except SendError:
                self.close()
                raise
            except (OSError, HTTPException, ValueError) as error:
                self.close()
                raise SendError(self._describe(error, deadline)) from error

    def _post_on_kept_connection(self, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send the request again if the receiver has closed the connection before it came."""
        was_open = self.sock is not None
        try:
            return self._post(body, headers)
        except ENDED:
            if not was_open or (self._deadline and self._deadline.is_over):
                raise
        self.close()
        return self._post(body, headers)

    def _post(self, body: bytes, headers: Mapping[str, str]) -> Response:
        if self._deadline and self._watched:
            self._deadline.watch(self._watched)
        self.request("POST", self.path, body, dict(headers))
        with self.getresponse() as response:
            if self._deadline:
                self._deadline.count_remaining_seconds()  # else the headers may not be complete
            content = _read_beginning(response)
            if not response.isclosed():
                self.close()  # the rest is not read
            return Response(response.status, _keep_headers(response), content)

    def connect(self) -> None:
        """Connect to an address that was checked; the base class calls this when it has to."""
        assert self._deadline is not None  # noqa: S101  only `post` connects
        self._forget_watched()
        connection = self._open_socket(self._deadline)
        self._watched = connection.dup()
        self._deadline.watch(self._watched)
        if self.is_secure:
            connection = make_tls_context().wrap_socket(connection, server_hostname=self.host)
        self.sock = connection

    def _open_socket(self, deadline: Deadline) -> socket:
        addresses = find_addresses(
            self.host,
            self.network.resolve,
            timeout_seconds=deadline.count_remaining_seconds(),
            private_networks=self.network.private_networks,
            only_private=not self.is_secure,
        )
        for place, self.address in enumerate(addresses, 1):
            seconds = deadline.count_remaining_seconds()
            try:
                opened = create_connection((self.address, self.port), min(CONNECT_SECONDS, seconds))
            except OSError:
                if place == len(addresses):
                    raise
                continue
            opened.settimeout(deadline.count_remaining_seconds())
            # Else the body waits for the acknowledgement of the headers, 40 ms at some receivers.
            opened.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            return opened
        raise SendError("the host has no address")

    def _describe(self, error: Exception, deadline: Deadline) -> str:
        if deadline.is_over or isinstance(error, TimeoutError):
            return "no response in time" if self._watched else "no connection in time"
        return describe_error(error)

    def _forget_watched(self) -> None:
        if self._watched is not None:
            self._watched.close()
            self._watched = None


def _read_beginning(response: HTTPResponse) -> bytes:
    """Return the beginning of the body, or what there is of it if the connection ends.

    The status is known then, and it alone decides about the delivery.
    """
    content = bytearray()
    with suppress(OSError, HTTPException, ValueError):
        while len(content) < MAX_RESPONSE_BYTES:
            part = response.read1(MAX_RESPONSE_BYTES - len(content))
            if not part:
                response.read(0)  # `read1` does not notice the end of an empty body
                break
            content += part
    return bytes(content)


def _keep_headers(response: HTTPResponse) -> dict[str, str]:
    """Return some headers, without those that are secrets of the receiver."""
    headers = [(name.lower(), it) for name, it in response.getheaders()]
    kept = [(name, it) for name, it in headers if name not in SECRET_HEADERS]
    return {name[:MAX_HEADER_LENGTH]: it[:MAX_HEADER_LENGTH] for name, it in kept[:MAX_HEADERS]}
