"""Receivers of webhooks on this machine: HTTP servers that keep what they get."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Event, Thread

LOOPBACK = "127.0.0.0/8"  # for WEBHOOK_PRIVATE_NETWORKS
DRIP_SECONDS = 0.05
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Request:
    """What a receiver got. The names of the headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    received_at: float  # time.time()


Behaviour = Callable[["Handler"], None]


def respond(status: int = 204, body: bytes = b"", **headers: str) -> Behaviour:
    """Respond with a status: ``respond(503, retry_after="120")``."""

    def behave(handler: "Handler") -> None:
        handler.send_response(status)
        for name, text in headers.items():
            handler.send_header(name.replace("_", "-"), text)
        if status not in {204, 304}:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def write(*parts: bytes) -> Behaviour:
    """Write these bytes as they are, each in a packet of its own."""

    def behave(handler: "Handler") -> None:
        for part in parts:
            handler.wfile.write(part)

    return behave


def hang(handler: "Handler") -> None:
    """Never respond."""
    handler.receiver.closing.wait()
    handler.close_connection = True


def drip_headers(handler: "Handler") -> None:
    """Send a header line of the response now and then, without end."""
    _drip(handler, b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")


def drip_body(handler: "Handler") -> None:
    """Send a byte of the body now and then, without end."""
    _drip(handler, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x")


def stream(handler: "Handler") -> None:
    """Send a body of 1 GiB."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    handler.close_connection = True
    with suppress(OSError):
        for _ in range(1024):
            handler.wfile.write(b"x" * MEBIBYTE)
            handler.receiver.streamed_bytes += MEBIBYTE


def break_off(handler: "Handler") -> None:
    """Close the connection without a response."""
    handler.close_connection = True


def _drip(handler: "Handler", beginning: bytes, part: bytes) -> None:
    handler.close_connection = True
    with suppress(OSError):
        handler.wfile.write(beginning)
        while not handler.receiver.closing.wait(DRIP_SECONDS):
            handler.wfile.write(part)


@dataclass
class Receiver:
    """A receiver, its URL, and what it has got.

    ``behaviours`` are those of the next requests; after them, or without any, it does as ``usual``.
    """

    url: str = ""
    usual: Behaviour = field(default_factory=respond)
    behaviours: list[Behaviour] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    streamed_bytes: int = 0
    closing: Event = field(default_factory=Event)
    changed: Condition = field(default_factory=Condition)

    def wait_for(self, number: int, seconds: float = 30) -> list[Request]:
        """Wait until this many requests have come, and return all."""
        with self.changed:
            came = self.changed.wait_for(lambda: len(self.requests) >= number, seconds)
        assert came, f"{len(self.requests)} of {number} requests have come"
        return list(self.requests)

    def take(self, request: Request) -> Behaviour:
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()
            return self.behaviours.pop(0) if self.behaviours else self.usual


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def setup(self) -> None:
        super().setup()
        self.receiver.connections += 1

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): text for name, text in self.headers.items()}
        body = self.rfile.read(size)
        behave = self.receiver.take(Request("POST", self.path, headers, body, time.time()))
        behave(self)

    def do_GET(self) -> None:
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.receiver.take(Request("GET", self.path, headers, b"", time.time()))(self)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Ignore clients that end a connection."""


@contextmanager
def receive(
    usual: Behaviour | None = None, *, certificate: tuple[Path, Path] | None = None
) -> Iterator[Receiver]:
    """Start a receiver; ``certificate`` are the files of a certificate and of its key."""
    receiver = Receiver(usual=usual or respond())
    server = Server(("127.0.0.1", 0), type("_Handler", (Handler,), {"receiver": receiver}))
    scheme, host = "http", "127.0.0.1"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        scheme, host = "https", "localhost"
    receiver.url = f"{scheme}://{host}:{server.server_address[1]}/hook"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
