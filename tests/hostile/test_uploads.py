"""Who sends much, or slowly, to where large bodies are taken, and to where nobody is let in."""

import json
from collections.abc import Callable
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from select import select
from time import monotonic, sleep

import pytest

from tests.hostile.processes import peak_mib
from tests.hostile.raw import Reply, connect, head, only_reply, replies

MIB = 1024 * 1024
MUCH = 200 * MIB
CSV = "Content-Type: text/csv"
CHUNKED = "Transfer-Encoding: chunked"
HERE = "GET /here HTTP/1.1"
PLACES = 2  # for uploads, in each worker


@pytest.fixture(scope="module")
def token(small) -> str:
    return issued(small.port, 1)


def issued(port, times) -> str:
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", f"/token?times={times}")
        return f"Authorization: Bearer {json.load(connection.getresponse())['text']}"


@pytest.fixture
def upload(small) -> Callable[..., bytes]:
    """Return the head of an upload."""

    def upload(*lines, path="/upload"):
        return head(small.port, f"POST {path} HTTP/1.1", CSV, *lines)

    return upload


def error(reply: Reply) -> tuple[int, str]:
    return reply.status, json.loads(reply.body)["error"]


class TestAStranger:
    @pytest.mark.parametrize("forged", [[], ["Authorization: Bearer a.b.c"]])
    def test_H_09_is_told_before_they_send(self, small, upload, forged):
        reply = only_reply(small.port, upload(f"Content-Length: {MUCH}", *forged))

        assert error(reply) == (401, "unauthenticated")
        assert reply.headers["connection"] == "close"

    @pytest.mark.parametrize("framing", [f"Content-Length: {MUCH}", CHUNKED])
    def test_H_09_can_have_nothing_kept(self, small, upload, framing):
        before = peak_mib(small)
        with connect(small.port, upload(framing)) as connection:
            sent = _send_all(connection, framing)

            assert sent < 40 * MIB
        assert peak_mib(small) - before < 20

    def test_A_03_without_the_permission_is_told_so_before_they_send(self, small, upload):
        length = f"Content-Length: {MUCH}"
        reply = only_reply(small.port, upload(length, issued(small.port, 0)))

        assert error(reply) == (403, "permission_denied")


def _send_all(connection, framing) -> int:
    """Send as much as is taken, and return how much that was."""
    piece = b"x" * 65_536
    framed = b"10000\r\n" + piece + b"\r\n" if framing == CHUNKED else piece
    for number in range(MUCH // len(piece)):
        try:
            connection.sendall(framed)
        except ConnectionError:
            return number * len(piece)
    return MUCH


class TestALargeBody:
    def test_H_09_is_refused_at_once_where_it_says_it_is_too_large(self, small, upload, token):
        reply = only_reply(small.port, upload(f"Content-Length: {257 * MIB}", token))

        assert error(reply) == (413, "payload_too_large")

    def test_H_09_is_counted_while_it_arrives(self, small, upload, token):
        with connect(small.port, upload(CHUNKED, token, path="/little")) as connection:
            connection.sendall(b"64\r\n" + b"x" * 100 + b"\r\n1\r\nx\r\n0\r\n\r\n")
            connection.sendall(head(small.port, HERE, "Connection: close"))
            rejected, here = replies(connection)

        assert error(rejected) == (413, "payload_too_large")
        assert here.status == 200

    def test_H_09_is_large_only_where_that_is_declared(self, small, upload, token):
        with connect(
            small.port, upload("Content-Length: 65537", token, path="/here")
        ) as connection:
            connection.sendall(b"x" * 65_537 + head(small.port, HERE, "Connection: close"))
            reply, _ = replies(connection)

        assert error(reply) == (413, "payload_too_large")

    @pytest.mark.parametrize(
        "line", ["Content-Type: application/json", "Content-Type: text/csv; charset=utf-7"]
    )
    def test_H_10_is_of_a_declared_kind(self, small, token, line):
        length = f"Content-Length: {MUCH}"
        sent = head(small.port, "POST /upload HTTP/1.1", length, line, token)

        assert error(only_reply(small.port, sent)) == (415, "unsupported_media_type")

    def test_H_10_is_not_compressed(self, small, upload, token):
        lines = f"Content-Length: {MUCH}", token, "Content-Encoding: gzip"

        assert error(only_reply(small.port, upload(*lines))) == (415, "unsupported_media_type")

    def test_H_11_that_is_not_read_hides_no_second_request(self, small, upload):
        """What follows a body of a gigabyte is in that body."""
        hidden = head(small.port, HERE)
        (reply,) = _replies(small.port, upload(f"Content-Length: {MUCH}") + hidden)

        assert reply.status == 401

    @pytest.mark.parametrize(
        "lines",
        [
            ["Content-Length: 5", "Content-Length: 6"],
            ["Transfer-Encoding: gzip, chunked"],
            ["Content-Length: 5", "Host: b"],
        ],
    )
    def test_H_11_is_framed_in_one_way(self, small, upload, token, lines):
        (reply,) = _replies(small.port, upload(*lines, token) + b"hello" + head(small.port, HERE))

        assert reply.status in {400, 501}

    def test_H_11_that_breaks_off_is_not_worked_on(self, small, upload, token):
        with connect(small.port, upload(CHUNKED, token)) as connection:
            connection.sendall(b"5\r\nhello\r\nnonsense\r\n")
            (reply,) = replies(connection)

        assert error(reply) == (400, "bad_request")


def _replies(port, octets):
    with connect(port, octets) as connection:
        return replies(connection)


class TestATrickle:
    """The small service waits for 2 seconds."""

    def test_F_17_is_given_up_although_it_never_stops(self, small, upload, token):
        begun = monotonic()
        with connect(small.port, upload(CHUNKED, token)) as connection:
            while not _heard(connection):
                connection.sendall(b"1\r\nx\r\n")
            (reply,) = replies(connection)

        assert error(reply) == (408, "request_timeout")
        assert 1 < monotonic() - begun < 8

    def test_F_17_that_stops_is_given_up(self, small, upload, token):
        with connect(small.port, upload(CHUNKED, token)) as connection:
            connection.sendall(b"5\r\nhello\r\n")
            (reply,) = replies(connection)

        assert error(reply) == (408, "request_timeout")


def _heard(connection) -> bool:
    """Wait a little for an answer."""
    return bool(select([connection], [], [], 0.1)[0])


class TestPlaces:
    def test_F_17_are_few_and_others_are_told_to_come_back(self, small, upload, token):
        with ExitStack() as stack:
            held = [_begun(stack, small, upload, token) for _ in range(PLACES)]
            third = _told(small, upload(CHUNKED, token), (503, "overloaded"))

            assert third.headers["retry-after"] == "10"
            assert only_reply(small.port, head(small.port, HERE, "Connection: close")).status == 200
            for connection in held:
                connection.sendall(b"0\r\n\r\n")
                assert b"200 OK" in connection.recv(1000)
        _told(small, upload("Content-Length: 0", token), (200, None))

    def test_F_17_of_answers_are_few_too(self, small):
        with ExitStack() as stack:
            for _ in range(PLACES):
                reading = stack.enter_context(
                    connect(small.port, head(small.port, "GET /endless HTTP/1.1"))
                )
                assert b"200 OK" in reading.recv(1000)
            reply = only_reply(
                small.port, head(small.port, "GET /endless HTTP/1.1", "Connection: close")
            )

            assert error(reply) == (503, "overloaded")
            assert reply.headers["retry-after"] == "10"
            assert only_reply(small.port, head(small.port, HERE, "Connection: close")).status == 200

    def test_F_17_are_given_back_by_those_who_leave(self, small, upload, token):
        with ExitStack() as stack:
            for _ in range(PLACES):
                _begun(stack, small, upload, token)
        _told(small, upload("Content-Length: 0", token), (200, None))


def _begun(stack, small, upload, token):
    """Begin an upload, and wait until it is being read."""
    connection = stack.enter_context(
        connect(small.port, upload(CHUNKED, token, "Expect: 100-continue"))
    )
    assert b"100 Continue" in connection.recv(1000)
    connection.sendall(b"5\r\nhello\r\n")
    return connection


def _told(small, octets, expected) -> Reply:
    """Ask until this is answered, since a place is given back after the answer."""
    deadline = monotonic() + 5
    while True:
        with connect(small.port, octets) as connection:
            connection.sendall(head(small.port, HERE, "Connection: close"))
            reply = replies(connection)[0]
        found = json.loads(reply.body).get("error")
        if (reply.status, found) == expected or monotonic() > deadline:
            assert (reply.status, found) == expected
            return reply
        sleep(0.05)
