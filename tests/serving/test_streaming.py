"""Large bodies and long answers, over our server and an application of a few operations."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from select import select

import pytest

from tests.hostile.processes import family, peak_mib
from tests.hostile.raw import connect, head
from tests.processes import wait_until
from tests.service import UNREAD_SECONDS

MIB = 1024 * 1024
MANY = 200_000  # lines, of some 1,000 bytes each
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def ask(small):
    """Ask over a connection of its own."""
    with closing(HTTPConnection("127.0.0.1", small.port, timeout=30)) as connection:

        def ask(method, path, body=None, **headers):
            connection.request(
                method, path, body, headers, encode_chunked="Content-Length" not in headers
            )
            return connection.getresponse()

        yield ask


@pytest.fixture
def token(small):
    with closing(HTTPConnection("127.0.0.1", small.port, timeout=30)) as connection:
        connection.request("GET", "/token")
        return {"Authorization": f"Bearer {json.load(connection.getresponse())['text']}"}


@pytest.fixture
def told(small):
    """Wait until the log tells this of the requests that come from here on, and return the line."""
    begun = len(small.log())

    def told(event, **members) -> dict:
        wait_until(lambda: bool(found(event, members)), small.process, small.log_path)
        return found(event, members)[0]

    def found(event, members):
        lines = [json.loads(line) for line in small.log()[begun:].splitlines()]
        return [line for line in lines if {"event": event, **members}.items() <= line.items()]

    return told


def pieces(megabytes) -> Iterator[bytes]:
    for _ in range(megabytes * 16):
        yield b"x" * 65_536


def read(answer) -> int:
    return sum(map(len, iter(lambda: answer.read(MIB), b"")))


class TestAnUpload:
    @pytest.mark.parametrize("framing", [{}, {"Content-Length": str(200 * MIB)}])
    def test_H_09_is_taken_in_without_being_held(self, small, ask, token, framing):
        before = peak_mib(small)
        answer = ask("POST", "/upload", pieces(200), **CSV, **token, **framing)

        assert json.load(answer) == {"size": 200 * MIB}
        assert peak_mib(small) - before < 20
        assert ask("GET", "/here").status == 200  # over the same connection

    def test_leaves_nothing_behind(self, small, ask, token):
        assert ask("POST", "/upload", pieces(1), **CSV, **token).status == 200

        assert not [
            link
            for process in family(small.process.pid)
            for link in map(os.readlink, _descriptors(process))
            if "deleted" in link
        ]


def _descriptors(process):
    return [each for each in Path(f"/proc/{process}/fd").iterdir() if each.is_symlink()]


class TestAnAnswer:
    def test_is_sent_without_being_held(self, small, ask, told):
        before = peak_mib(small)
        answer = ask("GET", f"/lines?times={MANY}")

        assert answer.headers["Content-Type"] == "application/x-ndjson"
        assert json.loads(answer.readline())["number"] == 0
        assert read(answer) > 190 * MIB
        assert peak_mib(small) - before < 20
        assert told("request", route="/lines")["duration_ms"] > 100
        assert ask("GET", "/here").status == 200

    def test_to_a_body_begins_when_that_has_arrived(self, ask, token):
        answer = ask("POST", "/both", pieces(20), **CSV, **token)

        assert read(answer) == 20 * MIB

    def test_waits_for_a_slow_reader_and_is_given_up(self, small, told):
        before = peak_mib(small)
        with connect(small.port, head(small.port, "GET /endless HTTP/1.1")) as connection:
            told("ended")
            assert told("answer.unread")["request_id"]
            assert peak_mib(small) - before < 20
            took = told("request", route="/endless")["duration_ms"] / 1000
            assert UNREAD_SECONDS <= took < UNREAD_SECONDS + 5
            assert not _whole(connection)

    def test_F_17_waits_no_longer_for_a_reader_who_reads_a_little_now_and_then(self, small, told):
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", small.port))
            connection.sendall(head(small.port, "GET /endless HTTP/1.1"))
            with suppress(ConnectionResetError):
                while connection.recv(1000):
                    select([], [], [], 0.1)

        took = told("request", route="/endless")["duration_ms"] / 1000
        assert UNREAD_SECONDS <= took < UNREAD_SECONDS + 5

    def test_ends_with_its_reader(self, small, told):
        with connect(small.port, head(small.port, "GET /endless HTTP/1.1")) as connection:
            connection.recv(100)
        told("ended")

        assert told("request", route="/endless")["duration_ms"] < 1000 * UNREAD_SECONDS

    def test_that_breaks_is_seen_to_be_broken(self, ask, told):
        answer = ask("GET", "/broken?times=300")

        assert answer.status == 200
        with pytest.raises((IncompleteRead, ConnectionError)):
            answer.read()
        assert told("answer.broken")["error"] == "RuntimeError"
        assert told("request", route="/broken")["status"] == 200

    def test_that_breaks_before_it_begins_is_a_problem(self, ask):
        answer = ask("GET", "/broken?times=0")

        assert (answer.status, json.load(answer)["error"]) == (404, "not_found")

    def test_to_head_is_begun_alone(self, ask, told):
        answer = ask("HEAD", "/endless")

        assert (answer.status, answer.read()) == (200, b"")
        told("ended")
        assert ask("GET", "/here").status == 200


def _whole(connection: socket.socket) -> bool:
    received = b""
    with suppress(ConnectionResetError):
        while octets := connection.recv(MIB):
            received = (received + octets)[-5:]
    return received == b"0\r\n\r\n"


class TestTheEnd:
    """SIGTERM, while answers are being sent."""

    def test_waits_for_answers_that_come_to_one(self, start_small):
        service = start_small()
        close = "Connection: close"
        with connect(
            service.port, head(service.port, "GET /lines?times=50000 HTTP/1.1", close)
        ) as one:
            one.recv(1)
            os.kill(service.process.pid, signal.SIGTERM)
            assert _whole(one)
        assert service.process.wait(30) == 0

    def test_cuts_off_those_that_do_not(self, start_small):
        service = start_small()
        with connect(service.port, head(service.port, "GET /endless HTTP/1.1")) as one:
            one.recv(1)
            os.kill(service.process.pid, signal.SIGTERM)
            assert not _whole(one)
        assert service.process.wait(30) == 0
