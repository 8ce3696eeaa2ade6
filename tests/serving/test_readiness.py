"""Waiting until a worker listens."""

import socket
from threading import Event

import pytest

from api.serving.readiness import call_when_listening
from tests.processes import free_port


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_case_N_08_the_function_is_called_once_something_listens(host):
    port, called = free_port(), Event()
    call_when_listening(host, port, called.set)
    assert not called.wait(0.2)

    with socket.create_server(("127.0.0.1", port)):
        assert called.wait(5)
