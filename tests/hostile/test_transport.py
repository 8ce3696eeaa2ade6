"""HTTP itself, byte for byte: framing, hosts, methods, limits of size, back doors."""

import json
import re

import pytest

from tests.hostile.processes import peak_mib
from tests.hostile.raw import connect, head, only_reply, replies
from tests.hostile.wire import at_once

CLOSE = "Connection: close"
JSON = "Content-Type: application/json"
SMUGGLED = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: smuggled\r\n\r\n"
EVIL = "evil.test"


@pytest.fixture(scope="session")
def port(service) -> int:
    return service.port


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
    def test_H_11_what_can_be_read_in_two_ways_is_refused(self, entrance, lines):
        service, port = entrance
        reply = only_reply(port, head(port, "POST /api/login HTTP/1.1", *lines) + SMUGGLED)

        assert reply.status in {400, 501}
        assert '"smuggled"' not in service.log()

    def test_H_11_one_of_two_lengths_is_taken_and_nothing_after_it(self, entrance):
        """Granian reads the chunks and closes (RFC 9112, 6.3), nginx rejects the request."""
        service, port = entrance
        both = ["Content-Length: 4", "Transfer-Encoding: chunked", JSON]
        ended = head(port, "POST /api/login HTTP/1.1", *both) + b"0\r\n\r\n"

        assert only_reply(port, ended + SMUGGLED, "POST").status == 400
        assert '"smuggled"' not in service.log()

    @pytest.mark.parametrize("chunks", [b"zz\r\nab\r\n", b"2\r\nabc\r\n0\r\n\r\n"])
    def test_H_11_broken_chunks_are_no_body(self, entrance, chunks):
        self.require_broken(entrance, chunks)

    def test_H_11_a_chunk_ends_in_crlf(self, direct):
        """Nginx also accepts LF, and sends the body on with its length."""
        self.require_broken(direct, b"2\nab\n0\n\n")

    @staticmethod
    def require_broken(entrance, chunks):
        service, port = entrance
        sent = head(port, "POST /api/login HTTP/1.1", "Transfer-Encoding: chunked", JSON) + chunks
        reply = only_reply(port, sent + SMUGGLED, "POST")

        assert reply.status == 400
        assert '"smuggled"' not in service.log()

    def test_H_11_a_body_that_breaks_off_is_not_taken_for_a_whole_one(self, entrance):
        """It is good JSON so far, and would have registered somebody."""
        service, port = entrance
        body = b'{"username":"halfway","email":"halfway@example.org","password":"unheard of, that"}'
        lines = [f"Content-Length: {len(body) + 1}", JSON]
        with connect(port, head(port, "POST /api/register HTTP/1.1", *lines) + body) as connection:
            connection.shutdown(1)
            assert [reply.status for reply in replies(connection)] in ([], [400])
        with service.local_service.app.app_context():
            assert service.administrator.get("/api/users?q=halfway").json["items"] == []

    def test_H_11_a_line_may_end_in_one_lf_and_hides_nothing(self, entrance):
        """RFC 9112, 2.2 allows it, and hyper does it: such a line is a line like any other."""
        port = entrance.port
        hidden = f"GET /health/live HTTP/1.1\nHost: 127.0.0.1:{port}\nX: a\nContent-Length: 1\n\n"

        assert only_reply(port, hidden.replace("Content-Length: 1", CLOSE).encode()).status == 200
        two = hidden.replace("\n\n", "\nContent-Length: 2\n\n").encode()
        assert only_reply(port, two + b"ab").status == 400

    def test_H_11_two_good_requests_on_one_connection_are_two(self, entrance):
        port = entrance.port
        first = head(port, "GET /health/live HTTP/1.1")
        second = head(port, "GET /health/live HTTP/1.1", CLOSE)
        with connect(port, first + second) as connection:
            assert [reply.status for reply in replies(connection)] == [200, 200]


class TestHosts:
    def test_H_12_one_is_required(self, port):
        for lines in ([CLOSE], ["Host: 127.0.0.1", "Host: 127.0.0.1", CLOSE], ["Host:", CLOSE]):
            sent = "\r\n".join(["GET /health/live HTTP/1.1", *lines, "", ""]).encode()
            reply = only_reply(port, sent)

            assert (reply.status, json.loads(reply.body)["error"]) == (400, "bad_request")

    @pytest.mark.parametrize(
        ("target", "host"),
        [("/docs", EVIL), (f"//{EVIL}/docs", EVIL)],
    )
    def test_H_12_other_names_are_refused_and_never_repeated(self, entrance, target, host):
        self.require_misdirected(entrance.port, target, host)

    def test_H_12_the_proxy_takes_the_host_of_an_absolute_target(self, behind_proxy):
        """RFC 9112, 3.2.2; granian itself takes the Host header."""
        self.require_misdirected(behind_proxy.port, f"http://{EVIL}/docs", "127.0.0.1")

    @staticmethod
    def require_misdirected(port, target, host):
        reply = only_reply(
            port, f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{CLOSE}\r\n\r\n".encode()
        )

        assert (reply.status, json.loads(reply.body)["error"]) == (421, "misdirected_request")
        assert EVIL not in f"{reply.headers}{reply.body.decode()}"

    def test_H_12_forwarded_names_do_not_count(self, wire):
        plain = wire.get("/docs/errors")
        for name in ("X-Forwarded-Host", "X-Host", "X_Host", "X-Original-URL", "X-Rewrite-URL"):
            assert wire.get("/docs/errors", f"{name}: {EVIL}").body == plain.body


class TestMethods:
    @pytest.mark.parametrize("method", ["TRACE", "FOO", "PROPFIND", "get"])
    def test_H_13_others_are_refused_on_every_path(self, wire, offered, method):
        for path in {operation.path() for operation in offered} | {"/docs", "/nowhere"}:
            answer = wire.ask(method, path, None, "X-Canary: hunter2")

            assert answer.status == 405
            assert "GET" in answer.headers["Allow"]
            assert b"hunter2" not in answer.body

    def test_H_13_connect_opens_nothing(self, port):
        reply = only_reply(port, b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

        assert reply.status in {400, 405}

    def test_H_13_those_an_address_does_not_take_are_named(self, wire, offered):
        known = {}
        for operation in offered:
            known.setdefault(operation.path(), set()).add(operation.method)
        for path, methods in known.items():
            for method in {"GET", "PUT", "PATCH", "DELETE", "POST"} - methods:
                answer = wire.ask(method, path)

                assert answer.status == 405
                assert methods <= set(re.split(r",\s*", answer.headers["Allow"]))

    def test_H_13_no_header_overrides_the_method(self, root, somebody):
        person = somebody()
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            assert root.get(f"/api/users/{person.id}", f"{name}: DELETE").status == 200
        assert root.get(f"/api/users/{person.id}").status == 200

    def test_H_13_options_has_no_effect(self, root, somebody):
        person = somebody()

        answer = root.ask("OPTIONS", f"/api/users/{person.id}")
        assert answer.status in {200, 204}
        assert "DELETE" in answer.headers["Allow"]
        assert root.get(f"/api/users/{person.id}").status == 200

    def test_H_13_head_is_get_without_the_body(self, root):
        got, told = root.get("/api/me"), root.ask("HEAD", "/api/me")

        assert (told.status, told.body) == (200, b"")
        assert set(map(str.lower, told.headers.keys())) == set(map(str.lower, got.headers.keys()))
        assert told.headers["Content-Length"] == got.headers["Content-Length"]


def find_status(port, sent):
    """Return the status of the one response; None if the service no longer reads what we send."""
    try:
        return only_reply(port, sent, "POST").status
    except (ConnectionError, TimeoutError):
        return None


class TestSizes:
    def test_H_09_one_byte_too_many_is_refused(self, wire, root):
        assert root.patch("/api/me", b" " * 65_537).status == 413
        assert root.patch("/api/me", b" " * 65_536).status == 400
        assert wire.post("/api/login", b" " * 4_097).status == 413

    def test_H_09_a_body_of_unknown_length_is_capped_as_it_arrives(self, entrance):
        """Without a proxy, a client that sends on regardless is no longer read."""
        service, port = entrance
        chunk = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
        lines = ["Transfer-Encoding: chunked", JSON, CLOSE]
        sent = head(port, "POST /api/register HTTP/1.1", *lines) + chunk * 160 + b"0\r\n\r\n"
        before = peak_mib(service)

        statuses = set(at_once([lambda: find_status(port, sent)] * 20))

        assert statuses <= ({413, None} if port == service.port else {413})
        assert peak_mib(service) - before < 20

    def test_H_09_a_short_limit_holds_for_chunks_too(self, entrance):
        lines = ["Transfer-Encoding: chunked", JSON, CLOSE]
        body = b"1001\r\n" + b" " * 4097 + b"\r\n0\r\n\r\n"
        reply = only_reply(
            entrance.port, head(entrance.port, "POST /api/login HTTP/1.1", *lines) + body, "POST"
        )

        assert reply.status == 413

    def test_H_09_a_length_beyond_reason_is_refused_without_waiting(self, entrance):
        port = entrance.port
        lines = ["Content-Length: 10000000000", "Expect: 100-continue", JSON]

        assert only_reply(port, head(port, "POST /api/login HTTP/1.1", *lines)).status == 413

    def test_H_16_large_headers_are_refused(self, wire, port):
        assert wire.get("/health/live", "X-Long: " + "a" * 20_000).status == 431
        many = [f"X-{number}: a" for number in range(200)]  # hyper's own refusal, without a body
        assert only_reply(port, head(port, "GET /health/live HTTP/1.1", *many)).status == 431

    def test_H_16_long_addresses_are_refused(self, wire, port):
        assert wire.get("/" + "a" * 10_000).status == 414
        assert wire.get("/health/live?q=" + "a" * 10_000).status == 414
        assert only_reply(port, head(port, f"GET /{'a' * 70_000} HTTP/1.1")).status == 414

    def test_H_16_what_is_expected_in_vain_is_refused(self, wire, port):
        assert wire.ask("POST", "/api/login", {}, "Expect: 999-x").status == 417
        waits = head(port, "POST /api/login HTTP/1.1", "Expect: 999-x", "Content-Length: 5")
        assert only_reply(port, waits).status == 417

    def test_H_16_no_answer_names_a_product_with_its_version(self, wire, port):
        bad = [b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01", head(port, "GET / HTTP/1.1", "X : a")]
        for told in [*(only_reply(port, sent).headers for sent in bad), wire.get("/docs").headers]:
            assert told.get("server", "rollbook") == "rollbook"


FORM = "Content-Type: multipart/form-data; boundary=b"
PARTS = b"".join(b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' for _ in range(60))


class TestNegotiation:
    @pytest.mark.parametrize(
        "line",
        [
            "Content-Type: text/plain",
            "Content-Type: application/x-www-form-urlencoded",
            FORM,
            "Content-Type: application/xml",
            "Content-Type: application/json; charset=utf-7",
            "Content-Type: application/json; charset=klingon",
            "Content-Type:",
            "Content-Encoding: gzip",
            "Content-Encoding: br, gzip",
        ],
    )
    def test_H_10_nothing_but_plain_json_is_taken(self, wire, line):
        body = PARTS if line == FORM else b'{"username":"x","password":"y"}'

        assert wire.ask("POST", "/api/login", body, line).error == "unsupported_media_type"

    def test_H_10_a_body_without_a_type_is_not_taken(self, port):
        sent = head(port, "POST /api/login HTTP/1.1", "Content-Length: 2", CLOSE) + b"{}"

        assert only_reply(port, sent, "POST").status == 415


class TestBackDoors:
    @pytest.mark.parametrize("mask", ["{username}", "{password_hash}", "{", "*", "{items{id}}"])
    def test_H_17_no_mask_changes_an_answer(self, root, mask):
        for path in ("/api/me", "/api/users"):
            assert root.get(path, f"X-Fields: {mask}").alike == root.get(path).alike

    @pytest.mark.parametrize(
        "path",
        [
            "/console",
            "/nowhere?__debugger__=yes&cmd=resource&f=debugger.js",
            "/.git/HEAD",
            "/.env",
            "/swagger.json",
            "/swaggerui/swagger-ui.css",
            "/static/../api/config.py",
            "/docs/assets/..%2f..%2fexplorer.html",
            "/docs/assets/%2e%2e/%2e%2e/pages.py",
            "/metrics",
            "/server-status",
        ],
    )
    def test_H_17_there_is_nothing_behind_the_usual_ones(self, wire, path):
        assert wire.get(path).error == "not_found"


class TestHeaders:
    def test_E_04_security_headers_are_on_every_answer(self, wire, root):
        for answer in (root.get("/api/me"), wire.get("/nowhere"), wire.ask("FOO", "/")):
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
            policy = answer.headers["Content-Security-Policy"]
            assert policy == "default-src 'none'; frame-ancestors 'none'"

    def test_E_05_no_origin_may_read(self, root):
        for origin in ("https://evil.test", "null", "*"):
            for method in ("GET", "OPTIONS"):
                lines = [f"Origin: {origin}", "Access-Control-Request-Method: GET"]
                headers = root.ask(method, "/api/me", None, *lines).headers
                assert not [name for name in headers if name.lower().startswith("access-control")]

    def test_O_02_a_hostile_request_id_is_replaced_and_a_plain_one_kept(self, service, wire):
        assert (
            wire.get("/health/live", "X-Request-Id: plain-1").headers["X-Request-Id"] == "plain-1"
        )
        assert '"plain-1"' in service.log()
        given = wire.get("/health/live", 'X-Request-Id: x"} {"level":"evil').headers["X-Request-Id"]
        assert re.fullmatch("[0-9a-f]{16}", given)
