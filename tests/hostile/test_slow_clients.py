"""Slow clients, and clients that take many connections: other clients do not wait for them.

Behind the proxy all kinds come at once. Without a proxy the service limits the time of a header
and of an idle connection; slow bodies hold its threads (docs/operations.md).
"""

import resource
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from tests.hostile.processes import peak_mib
from tests.hostile.raw import build_head, connect, read_replies
from tests.hostile.wire import Wire

CLIENTS = 200
GOOD_REQUESTS = 300
WARM_UP_REQUESTS = 10  # requests after which each worker has compressed what the readers ask for
JSON = "Content-Type: application/json"
GZIP = "Accept-Encoding: gzip"
ASSET = "/docs/assets/swagger-ui-bundle.js"
TIMEOUT_SECONDS = 14  # seconds: that for a body is 10, that for a header 5


@dataclass
class Slow:
    """One slow client, and what happened to its connection."""

    kind: str
    connection: socket.socket
    octet: bytes = b""  # sent from time to time
    received: bytearray = field(default_factory=bytearray)
    closed_after: float | None = None


@dataclass
class Siege:
    clients: list[Slow]
    waits: list[float] = field(default_factory=list)  # of good requests, in seconds
    memory: float = 0  # MiB more in the largest process

    def of_kind(self, kind: str) -> list[Slow]:
        return [client for client in self.clients if client.kind == kind]


@pytest.fixture(scope="module")
def files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, before[1]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture(scope="module")
def siege(behind_proxy, files) -> Iterator[Siege]:
    with besiege(behind_proxy, KINDS) as siege:
        yield siege


@pytest.fixture(scope="module")
def direct_siege(direct, files) -> Iterator[Siege]:
    with besiege(direct, (slow_headers, idle)) as siege:
        yield siege


@contextmanager
def besiege(entrance, kinds) -> Iterator[Siege]:
    """Open the connections of slow clients, and send good requests meanwhile."""
    service, port = entrance
    reader = Wire(port).as_person(service.administrator)
    for _ in range(WARM_UP_REQUESTS):
        reader.get(ASSET, GZIP)
    before = peak_mib(service)
    siege = Siege([slow for kind in kinds for slow in kind(port)])
    begun = time.monotonic()
    siege.waits = [_timed(lambda: reader.get("/api/me")) for _ in range(GOOD_REQUESTS)]
    siege.memory = peak_mib(service) - before
    _wait(siege, begun)
    try:
        yield siege
    finally:
        for client in siege.clients:
            client.connection.close()


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def slow_headers(port: int) -> list[Slow]:
    sent = build_head(port, "GET /health/live HTTP/1.1")[:-2] + b"X-Slow: "
    return [Slow("header", connect(port, sent), b"a") for _ in range(CLIENTS)]


def slow_bodies(port: int) -> list[Slow]:
    sent = (
        build_head(port, "POST /api/login HTTP/1.1", "Content-Length: 1000", JSON)
        + b'{"username":"'
    )
    return [Slow("body", connect(port, sent), b"a") for _ in range(CLIENTS)]


def slow_readers(port: int) -> list[Slow]:
    """Ask for much, and do not read it."""
    asked = build_head(port, f"GET {ASSET} HTTP/1.1", GZIP) * 2
    return [Slow("reader", _connect_without_reading(port, asked)) for _ in range(CLIENTS)]


def _connect_without_reading(port: int, octets: bytes) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    connection.sendall(octets)
    return connection


def idle(port: int) -> list[Slow]:
    return [Slow("idle", connect(port)) for _ in range(CLIENTS)]


KINDS = (slow_headers, slow_bodies, slow_readers, idle)


def _wait(siege: Siege, begun: float) -> None:
    """Go on until the service has closed the slow connections, or until the timeout."""
    with selectors.DefaultSelector() as selector:
        for client in siege.clients:
            if client.kind != "reader":
                client.connection.settimeout(0)
                selector.register(client.connection, selectors.EVENT_READ, client)
        while selector.get_map() and time.monotonic() - begun < TIMEOUT_SECONDS:
            for key, _ in selector.select(timeout=1):
                if not _receive(key.data):
                    key.data.closed_after = time.monotonic() - begun
                    selector.unregister(key.fileobj)
            for key in list(selector.get_map().values()):
                _send(key.data)


def _receive(client: Slow) -> bool:
    try:
        octets = client.connection.recv(65536)
    except ConnectionError:
        return False
    client.received += octets
    return bool(octets)


def _send(client: Slow) -> None:
    with suppress(OSError):  # closed, which _receive notices next
        client.connection.send(client.octet)


@pytest.fixture(params=["direct", "behind_proxy"])
def any_siege(request) -> Siege:
    return request.getfixturevalue("siege" if request.param == "behind_proxy" else "direct_siege")


def test_F_17_good_requests_take_less_than_a_second_meanwhile(any_siege):
    waits = sorted(any_siege.waits)

    assert len(waits) == GOOD_REQUESTS
    assert waits[int(GOOD_REQUESTS * 0.99)] < 1


def test_F_17_slow_clients_take_little_memory(any_siege):
    assert any_siege.memory < 150


def test_F_17_a_slow_header_is_closed_after_five_seconds(any_siege):
    for client in any_siege.of_kind("header"):
        assert client.closed_after is not None
        assert client.closed_after < 8


def test_F_17_an_idle_connection_is_closed(any_siege):
    assert all(client.closed_after is not None for client in any_siege.of_kind("idle"))


def test_F_17_the_service_is_ready_afterwards(siege, behind_proxy):
    assert Wire(behind_proxy.port).get("/health/ready").status == 200


def test_F_12_three_hundred_logins_get_a_response_or_a_rejection(service, files, make_person):
    """The rate limit is raised here, so only the queue for hashes rejects logins."""
    logins, body = 300, b'{"username":"unknown-user","password":"not the right one"}'
    lines = [f"Content-Length: {len(body)}", JSON, "Connection: close"]
    sent = build_head(service.port, "POST /api/login HTTP/1.1", *lines) + body
    bystander, before = Wire(service.port).as_person(make_person()), peak_mib(service)
    with ExitStack() as stack:
        begun = time.monotonic()
        connections = [stack.enter_context(connect(service.port, sent)) for _ in range(logins)]
        waits = [_timed(lambda: bystander.get("/api/me")) for _ in range(50)]
        statuses = [reply.status for each in connections for reply in read_replies(each)]
        took = time.monotonic() - begun

    assert len(statuses) == logins
    assert set(statuses) <= {401, 429, 503}
    assert statuses.count(401) >= 2  # one each worker, at least
    assert took < 10
    assert sorted(waits)[-2] < 1
    assert peak_mib(service) - before < 150
