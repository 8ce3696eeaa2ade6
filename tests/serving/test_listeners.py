"""The port of the service: whether it can be had, and what holds for who connects."""

import socket

import pytest

from api.serving import listeners
from api.serving.listeners import CannotStart, close_all


@pytest.fixture
def listen():
    opened = []

    def listen(host, port, workers=1):
        opened.extend(listeners.listen(host, port, workers))
        for each in opened:
            each.listen()
        return opened

    yield listen
    close_all(opened)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_client_that_does_not_read_is_given_up(listen, host):
    """The system does it: what is accepted has what is set here."""
    (listener,) = listen(host, 0)
    listener.settimeout(5)
    with (
        socket.create_connection(listener.getsockname()[:2]),
        listener.accept()[0] as accepted,
    ):
        option = (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        assert accepted.getsockopt(*option) == listeners.UNREAD_MILLISECONDS


def test_each_worker_listens_at_the_one_port(listen):
    listeners = listen("127.0.0.1", 0, workers=3)
    assert len({each.fileno() for each in listeners}) == 3
    assert len({each.getsockname() for each in listeners}) == 1


def test_a_taken_port_will_not_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"HOST, PORT: cannot listen on 127.0.0.1:{port}: "):
            listeners.listen("127.0.0.1", port, 1)


def test_a_port_of_another_service_will_not_do_either(listen):
    (other,) = listen("127.0.0.1", 0)
    with pytest.raises(CannotStart, match="cannot listen"):
        listeners.listen(*other.getsockname(), 1)


def test_an_address_that_is_none_of_this_machine_will_not_do():
    for host in ("192.0.2.1", "2001:db8::1"):
        with pytest.raises(CannotStart, match="cannot listen"):
            listeners.listen(host, 8000, 1)
