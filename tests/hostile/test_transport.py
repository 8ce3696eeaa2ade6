"""Framing, hosts and size limits, byte for byte: H-09, H-11, H-12, H-16."""

import json

import pytest

from tests.hostile.processes import peak_mib
from tests.hostile.raw import build_head, connect, read_replies, send_and_read
from tests.hostile.wire import at_once

CLOSE = "Connection: close"
JSON = "Content-Type: application/json"
SMUGGLED = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: smuggled\r\n\r\n"
EVIL = "evil.test"


class TestFraming:
    @pytest.mark.parametrize(
        "lines",
        [
            ["Content-Length: 4", "Content-Length: 5"],
            ["Content-Length: -2"],
            ["Content-Length: +2"],
            ["Content-Length: 4, 5"],
            ["Transfer-Encoding: xchunked"],
            ["Transfer-Encoding: gzip, chunked"],
            ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
            ["Transfer-Encoding: chunked, identity"],
            ["Content-Length : 4"],
            ["X : a"],
            [" X: a"],
            ["X: a\0b"],
            ["X: a\rb"],
            ["X: a", " folded"],
            ["\0: a"],
        ],
        ids=repr,
    )
    def test_H_11_ambiguous_framing_is_rejected(self, entrance, lines):
        service, port = entrance
        reply = send_and_read(port, build_head(port, "POST /api/login HTTP/1.1", *lines) + SMUGGLED)

        assert reply.status in {400, 501}
        assert '"smuggled"' not in service.log()

    def test_H_11_length_and_chunks_together_smuggle_no_request(self, entrance):
        """Granian reads the chunks and closes (RFC 9112, 6.3), nginx rejects the request."""
        service, port = entrance
        both = ["Content-Length: 4", "Transfer-Encoding: chunked", JSON]
        ended = build_head(port, "POST /api/login HTTP/1.1", *both) + b"0\r\n\r\n"

        assert send_and_read(port, ended + SMUGGLED, "POST").status == 400
        assert '"smuggled"' not in service.log()

    @pytest.mark.parametrize("chunks", [b"zz\r\nab\r\n", b"2\r\nabc\r\n0\r\n\r\n"])
    def test_H_11_malformed_chunks_are_rejected(self, entrance, chunks):
        self.require_broken(entrance, chunks)

    def test_H_11_a_chunk_must_end_in_crlf(self, direct):
        """Nginx also accepts LF, and sends the body on with its length."""
        self.require_broken(direct, b"2\nab\n0\n\n")

    @staticmethod
    def require_broken(entrance, chunks):
        service, port = entrance
        sent = (
            build_head(port, "POST /api/login HTTP/1.1", "Transfer-Encoding: chunked", JSON)
            + chunks
        )
        reply = send_and_read(port, sent + SMUGGLED, "POST")

        assert reply.status == 400
        assert '"smuggled"' not in service.log()

    def test_H_11_an_incomplete_body_is_not_executed(self, entrance):
        """The part that arrives is valid JSON, and would register a user."""
        service, port = entrance
        body = (
            b'{"username":"halfway","email":"halfway@example.org","password":"unknown to any list"}'
        )
        lines = [f"Content-Length: {len(body) + 1}", JSON]
        with connect(
            port, build_head(port, "POST /api/register HTTP/1.1", *lines) + body
        ) as connection:
            connection.shutdown(1)
            assert [reply.status for reply in read_replies(connection)] in ([], [400])
        with service.local_service.app.app_context():
            assert service.administrator.get("/api/users?q=halfway").json["items"] == []

    def test_H_11_a_line_that_ends_in_lf_is_a_line_like_any_other(self, entrance):
        """RFC 9112, 2.2 allows it, and hyper does it."""
        port = entrance.port
        hidden = f"GET /health/live HTTP/1.1\nHost: 127.0.0.1:{port}\nX: a\nContent-Length: 1\n\n"

        assert (
            send_and_read(port, hidden.replace("Content-Length: 1", CLOSE).encode()).status == 200
        )
        two = hidden.replace("\n\n", "\nContent-Length: 2\n\n").encode()
        assert send_and_read(port, two + b"ab").status == 400

    def test_H_11_two_requests_on_one_connection_get_two_responses(self, entrance):
        port = entrance.port
        first = build_head(port, "GET /health/live HTTP/1.1")
        second = build_head(port, "GET /health/live HTTP/1.1", CLOSE)
        with connect(port, first + second) as connection:
            assert [reply.status for reply in read_replies(connection)] == [200, 200]


class TestHosts:
    def test_H_12_one_host_header_is_required(self, port):
        for lines in ([CLOSE], ["Host: 127.0.0.1", "Host: 127.0.0.1", CLOSE], ["Host:", CLOSE]):
            sent = "\r\n".join(["GET /api/me HTTP/1.1", *lines, "", ""]).encode()
            reply = send_and_read(port, sent)

            assert (reply.status, json.loads(reply.body)["error"]) == (400, "bad_request")
            assert "Host" in json.loads(reply.body)["detail"]

    @pytest.mark.parametrize(
        ("target", "host"),
        [("/docs", EVIL), (f"//{EVIL}/docs", EVIL)],
    )
    def test_H_12_other_hosts_are_rejected_and_not_repeated(self, entrance, target, host):
        self.require_misdirected(entrance.port, target, host)

    def test_H_12_the_proxy_checks_the_host_of_an_absolute_target(self, behind_proxy):
        """RFC 9112, 3.2.2; granian itself takes the Host header."""
        self.require_misdirected(behind_proxy.port, f"http://{EVIL}/docs", "127.0.0.1")

    @staticmethod
    def require_misdirected(port, target, host):
        reply = send_and_read(
            port, f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{CLOSE}\r\n\r\n".encode()
        )

        assert (reply.status, json.loads(reply.body)["error"]) == (421, "misdirected_request")
        assert EVIL not in f"{reply.headers}{reply.body.decode()}"

    def test_H_12_forwarded_hosts_are_ignored(self, wire):
        plain = wire.get("/docs/errors")
        for name in ("X-Forwarded-Host", "X-Host", "X_Host", "X-Original-URL", "X-Rewrite-URL"):
            assert wire.get("/docs/errors", f"{name}: {EVIL}").body == plain.body


def find_status(port, sent):
    """Return the status of the one response; None if the service no longer reads what we send."""
    try:
        return send_and_read(port, sent, "POST").status
    except (ConnectionError, TimeoutError):
        return None


class TestSizes:
    def test_H_09_one_byte_above_the_limit_is_413(self, wire, root):
        assert root.patch("/api/me", b" " * 65_537).status == 413
        assert root.patch("/api/me", b" " * 65_536).status == 400
        assert wire.post("/api/login", b" " * 4_097).status == 413

    def test_H_09_a_chunked_body_is_limited_while_it_arrives(self, entrance):
        """Without a proxy, a client that sends on regardless is no longer read."""
        service, port = entrance
        chunk = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
        lines = ["Transfer-Encoding: chunked", JSON, CLOSE]
        sent = build_head(port, "POST /api/register HTTP/1.1", *lines) + chunk * 160 + b"0\r\n\r\n"
        before = peak_mib(service)

        statuses = set(at_once([lambda: find_status(port, sent)] * 20))

        assert statuses <= ({413, None} if port == service.port else {413})
        assert peak_mib(service) - before < 20

    def test_H_09_the_limit_of_a_login_applies_to_chunks(self, entrance):
        lines = ["Transfer-Encoding: chunked", JSON, CLOSE]
        body = b"1001\r\n" + b" " * 4097 + b"\r\n0\r\n\r\n"
        reply = send_and_read(
            entrance.port,
            build_head(entrance.port, "POST /api/login HTTP/1.1", *lines) + body,
            "POST",
        )

        assert reply.status == 413

    def test_H_09_a_too_large_content_length_is_rejected_before_the_body(self, entrance):
        port = entrance.port
        lines = ["Content-Length: 10000000000", "Expect: 100-continue", JSON]

        assert (
            send_and_read(port, build_head(port, "POST /api/login HTTP/1.1", *lines)).status == 413
        )

    def test_H_16_large_headers_are_431(self, wire, port):
        assert wire.get("/health/live", "X-Long: " + "a" * 20_000).status == 431
        many = [
            f"X-{number}: a" for number in range(200)
        ]  # hyper itself rejects it, without a body
        assert (
            send_and_read(port, build_head(port, "GET /health/live HTTP/1.1", *many)).status == 431
        )

    def test_H_16_long_urls_are_414(self, wire, port):
        assert wire.get("/" + "a" * 10_000).status == 414
        assert wire.get("/health/live?q=" + "a" * 10_000).status == 414
        assert send_and_read(port, build_head(port, f"GET /{'a' * 70_000} HTTP/1.1")).status == 414

    def test_H_16_an_unknown_expectation_is_417(self, wire, port):
        assert wire.ask("POST", "/api/login", {}, "Expect: 999-x").status == 417
        waits = build_head(port, "POST /api/login HTTP/1.1", "Expect: 999-x", "Content-Length: 5")
        assert send_and_read(port, waits).status == 417

    def test_H_16_no_response_names_a_product_and_version(self, wire, port):
        bad = [
            b"GET / HTTP/9.9\r\n\r\n",
            b"\x16\x03\x01",
            build_head(port, "GET / HTTP/1.1", "X : a"),
        ]
        for headers in [
            *(send_and_read(port, sent).headers for sent in bad),
            wire.get("/docs").headers,
        ]:
            assert headers.get("server", "rollbook") == "rollbook"
