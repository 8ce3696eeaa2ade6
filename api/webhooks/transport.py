"""Sends requests to the URL of a webhook.

The name of the host is resolved when a connection is opened, all its addresses are checked, and the
connection goes to one that was checked: another answer of the name server a moment later changes
nothing. No redirect is followed, and no proxy is used.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from selectors import EVENT_READ, DefaultSelector
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection, socket
from typing import Self
from urllib.parse import urlsplit

from api.core.deadlines import Deadline
from api.webhooks.addresses import IpNetwork
from api.webhooks.resolver import Resolver, find_addresses, resolve_by_system
from api.webhooks.responses import FinalResponse, Response, has_certain_end, read_response
from api.webhooks.send_errors import ENDED, SendError, describe_error

TIMEOUT_SECONDS = 15.0  # for all of it: name, connection, TLS, request and response
CONNECT_SECONDS = 5.0  # for one address


@dataclass(frozen=True, kw_only=True)
class Network:
    """How webhooks are reached: what tests replace, and the networks of the settings."""

    private_networks: tuple[IpNetwork, ...]
    resolve: Resolver = resolve_by_system
    timeout_seconds: float = TIMEOUT_SECONDS


@cache
def make_tls_context() -> ssl.SSLContext:
    """Return a context that requires a certificate of an authority that the system trusts.

    Reading the certificates of the system takes 10 ms, so it is done once.
    """
    return ssl.create_default_context()


class Connection(HTTPConnection):
    """A connection to the URL of one webhook, which lasts for some deliveries.

    ``address`` is the IP address to which a connection was last opened, or tried.
    """

    response_class = FinalResponse

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
        self._close_if_readable()
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
            read = read_response(response)
            if not (response.isclosed() and has_certain_end(response)):
                self.close()  # the rest would be read as the response to the next request
            return read

    def _close_if_readable(self) -> None:
        """Close a kept connection that the receiver has closed, or on which it has sent more.

        What it sends before a request is not the response to that.
        """
        if self.sock is None:
            return
        with DefaultSelector() as selector:
            selector.register(self.sock, EVENT_READ)
            is_readable = bool(selector.select(0))
        if is_readable or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            self.close()

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
        self.address = None
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
