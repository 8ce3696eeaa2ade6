"""The connection of a client, found among the sockets of this process."""

import os
import socket
from contextlib import ExitStack, closing
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from api.serving import answers
from api.serving.answers import AHEAD, DESCRIPTORS, Unread, connection_of

FAMILIES = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]


@pytest.fixture(params=FAMILIES, ids=["IPv4", "IPv6"])
def pair(request):
    """Both ends of a connection, the client's first."""
    family, host = request.param
    with ExitStack() as opened:
        listener = opened.enter_context(socket.create_server((host, 0), family=family))
        client = opened.enter_context(socket.create_connection(listener.getsockname()[:2]))
        yield client, opened.enter_context(closing(listener.accept()[0]))


def told(name):
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def scope_of(server):
    return SimpleNamespace(client=told(server.getpeername()), server=told(server.getsockname()))


def test_it_is_that_of_the_client(pair):
    client, server = pair

    with connection_of(scope_of(server)) as connection:
        assert os.path.sameopenfile(connection.held.fileno(), server.fileno())
        connection.cut()

    assert client.recv(1) == b""


def test_it_tells_how_much_has_arrived(pair):
    _, server = pair
    server.sendall(b"before")

    with connection_of(scope_of(server)) as connection:
        server.sendall(b"x" * 1000)

        assert connection.acknowledged() == 1000
        connection.wait(1000)


def test_it_tells_that_the_client_has_gone(pair):
    client, server = pair

    with connection_of(scope_of(server)) as connection:
        client.close()
        with pytest.raises(Unread):
            connection.wait(0)
        connection.cut()


@pytest.mark.parametrize(
    "read",
    [0, 100 * 2**20],
    ids=["who reads nothing", "who has read much before"],
)
def test_F_17_a_client_who_reads_no_more_is_given_up(pair, monkeypatch, read):
    monkeypatch.setattr(answers, "UNREAD_MILLISECONDS", 50)
    _, server = pair

    with connection_of(scope_of(server)) as connection:
        connection.before -= read
        with pytest.raises(Unread):
            connection.wait(read + AHEAD + 1)
        assert 0.05 < connection.waited < 5


@pytest.fixture
def trickle(pair):
    """Have the client acknowledge a byte now and then."""
    over = Event()

    def trickle():
        while not over.wait(0.01):
            pair[1].sendall(b"x")

    thread = Thread(target=trickle)
    thread.start()
    yield
    over.set()
    thread.join()


def test_F_17_a_client_who_reads_too_slowly_is_given_up(pair, trickle, monkeypatch):
    monkeypatch.setattr(answers, "UNREAD_MILLISECONDS", 500)

    with connection_of(scope_of(pair[1])) as connection:
        with pytest.raises(Unread):
            connection.wait(AHEAD + 10_000)
        assert connection.silent < 0.5 < connection.waited


def test_a_client_who_has_gone_has_none(pair):
    client, server = pair
    scope = scope_of(server)
    server.close()
    client.close()

    with pytest.raises(Unread), connection_of(scope):
        pass


def test_no_descriptor_is_left_open(pair):
    _, server = pair
    before = len(list(DESCRIPTORS.iterdir()))
    with connection_of(scope_of(server)):
        pass

    assert len(list(DESCRIPTORS.iterdir())) == before
