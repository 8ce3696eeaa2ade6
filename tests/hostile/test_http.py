"""Methods, media types, back doors and headers: H-10, H-13, H-17, E-04, E-05, O-02."""

import json
import re

import pytest

from tests.hostile.raw import build_head, send_and_read

CLOSE = "Connection: close"
FORM = "Content-Type: multipart/form-data; boundary=b"
PARTS = b"".join(b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' for _ in range(60))


class TestMethods:
    @pytest.mark.parametrize("method", ["TRACE", "FOO", "PROPFIND", "get"])
    def test_H_13_unknown_methods_are_405_on_every_path(self, wire, contract_operations, method):
        for path in {operation.path() for operation in contract_operations} | {"/docs", "/nowhere"}:
            answer = wire.ask(method, path, None, "X-Canary: hunter2")

            assert answer.status == 405
            assert "GET" in answer.headers["Allow"]
            assert b"hunter2" not in answer.body

    def test_H_13_connect_is_rejected(self, port):
        reply = send_and_read(port, b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

        assert reply.status in {400, 405}

    def test_H_13_a_405_names_the_allowed_methods(self, wire, contract_operations):
        known = {}
        for operation in contract_operations:
            known.setdefault(operation.path(), set()).add(operation.method)
        for path, methods in known.items():
            for method in {"GET", "PUT", "PATCH", "DELETE", "POST"} - methods:
                answer = wire.ask(method, path)

                assert answer.status == 405
                assert methods <= set(re.split(r",\s*", answer.headers["Allow"]))

    def test_H_13_no_header_overrides_the_method(self, root, make_person):
        person = make_person()
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            assert root.get(f"/api/users/{person.id}", f"{name}: DELETE").status == 200
        assert root.get(f"/api/users/{person.id}").status == 200

    def test_H_13_options_changes_nothing(self, root, make_person):
        person = make_person()

        answer = root.ask("OPTIONS", f"/api/users/{person.id}")
        assert answer.status in {200, 204}
        assert "DELETE" in answer.headers["Allow"]
        assert root.get(f"/api/users/{person.id}").status == 200

    def test_H_13_head_has_the_headers_of_get_and_no_body(self, root):
        got, head_only = root.get("/api/me"), root.ask("HEAD", "/api/me")

        assert (head_only.status, head_only.body) == (200, b"")
        assert set(map(str.lower, head_only.headers.keys())) == set(
            map(str.lower, got.headers.keys())
        )
        assert head_only.headers["Content-Length"] == got.headers["Content-Length"]


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
    def test_H_10_other_media_types_are_415(self, wire, line):
        body = PARTS if line == FORM else b'{"username":"x","password":"y"}'

        assert wire.ask("POST", "/api/login", body, line).error == "unsupported_media_type"

    def test_H_10_a_body_without_a_media_type_is_415(self, port):
        sent = build_head(port, "POST /api/login HTTP/1.1", "Content-Length: 2", CLOSE) + b"{}"

        assert send_and_read(port, sent, "POST").status == 415


class TestBackDoors:
    @pytest.mark.parametrize("mask", ["{username}", "{password_hash}", "{", "*", "{items{id}}"])
    def test_H_17_a_field_mask_changes_no_response(self, root, mask):
        for path in ("/api/me", "/api/users"):
            assert root.get(path, f"X-Fields: {mask}").comparable == root.get(path).comparable

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
    def test_H_17_common_back_doors_are_404(self, wire, path):
        assert wire.get(path).error == "not_found"


class TestHeaders:
    def test_E_04_every_response_has_security_headers(self, wire, root):
        for answer in (root.get("/api/me"), wire.get("/nowhere"), wire.ask("FOO", "/")):
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "no-store" in answer.headers["Cache-Control"]
            policy = answer.headers["Content-Security-Policy"]
            assert policy == "default-src 'none'; frame-ancestors 'none'"

    def test_E_05_no_origin_is_allowed(self, root):
        for origin in ("https://evil.test", "null", "*"):
            for method in ("GET", "OPTIONS"):
                lines = [f"Origin: {origin}", "Access-Control-Request-Method: GET"]
                headers = root.ask(method, "/api/me", None, *lines).headers
                assert not [name for name in headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("charset", ["UTF8", '"utf-8"', "utf8", '"UTF8"'])
def test_common_spellings_of_utf_8_are_accepted(wire, charset):
    line = f"Content-Type: application/json;charset={charset}"

    assert wire.post("/api/login", b"{}", line).status == 422


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        (b'{"username": "ada",}', "X: y", "not valid JSON: trailing comma"),
        (b"{", "Content-Length : 3", ""),
        (b"{}", "Host: other.test", "Host"),
    ],
)
def test_a_400_says_whether_http_or_json_is_wrong(port, body, line, said):
    lines = [line, "Content-Type: application/json", f"Content-Length: {len(body)}", CLOSE]
    head = build_head(port, "POST /api/login HTTP/1.1", *lines)
    reply = send_and_read(port, head + body)

    assert reply.status == 400
    assert said in (json.loads(reply.body)["detail"] if reply.body else "")
