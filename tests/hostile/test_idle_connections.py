"""Idle connections between a proxy and the service: B-24."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from api.config import Settings
from tests.hostile.raw import build_head, connect
from tests.proxy import nginx

IDLE_SECONDS = 2  # of the service in these tests; 75 by default
PROXY_IDLE = {"keepalive_timeout 60s;": "keepalive_timeout 1s;", "keepalive 64;": "keepalive 300;"}
CONNECTIONS, ROUNDS = 250, 4


@pytest.fixture(scope="module")
def impatient(start_shared):
    return start_shared(keep_alive_seconds=IDLE_SECONDS)


def test_B_24_an_idle_connection_stays_open_for_the_configured_time(impatient):
    request = build_head(impatient.port, "GET /health/live HTTP/1.1")
    with connect(impatient.port, request) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        time.sleep(IDLE_SECONDS * 0.75)
        connection.sendall(request)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        assert connection.recv(65536) == b""

    assert IDLE_SECONDS * 0.9 < time.monotonic() - began < IDLE_SECONDS + 1


def test_B_24_the_default_is_longer_than_that_of_proxies():
    """An AWS ALB and nginx close after 60 seconds. The services of the tests have a shorter one."""
    assert Settings.model_fields["keep_alive_seconds"].default == 75


def test_B_24_no_request_is_lost_around_the_timeouts(impatient, place):
    """POST, which nginx does not send again on another connection."""
    with nginx(place, impatient.port, edits=PROXY_IDLE) as port, ExitStack() as stack:
        opened = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(CONNECTIONS)]
        for each in opened:
            stack.callback(each.close)
        pool = stack.enter_context(ThreadPoolExecutor(CONNECTIONS))
        statuses = []
        for number in range(ROUNDS):
            base = 1 if number % 2 else IDLE_SECONDS
            pauses = [base - 0.05 + 0.1 * place / CONNECTIONS for place in range(CONNECTIONS)]
            statuses += pool.map(_log_in_after, opened, pauses)

    assert statuses == [422] * (CONNECTIONS * ROUNDS)


def _log_in_after(connection, seconds):
    time.sleep(seconds)
    connection.request("POST", "/api/login", b"{}", {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    return response.status
