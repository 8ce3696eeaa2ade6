"""The security headers and the CORS headers of every response."""

from dataclasses import replace

import pytest

from api.web.cors import CrossOrigin
from tests.web.guarded import EVIL, GOOD, RULES


def test_E_04_every_response_has_security_headers(ask):
    for answer in (ask(), ask(path="/%00"), ask("OPTIONS", Origin=GOOD)):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert (
            answer.headers["Content-Security-Policy"]
            == "default-src 'none'; frame-ancestors 'none'"
        )
        assert "Strict-Transport-Security" not in answer.headers


def test_E_04_https_responses_have_hsts(ask):
    answer = ask(rules=replace(RULES, https=True))

    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"


def test_E_04_a_response_can_replace_security_headers(ask):
    def page(_environ, start_response):
        own = [("content-security-policy", "default-src 'self'"), ("Cache-Control", "max-age=60")]
        start_response("200 OK", own)
        return []

    headers = ask(app=page).headers

    assert headers.get_all("Content-Security-Policy") == ["default-src 'self'"]
    assert headers.get_all("Cache-Control") == ["max-age=60"]


@pytest.mark.parametrize("origin", [EVIL, "null", "http://app.example.org", "*", GOOD.upper()])
def test_E_05_other_origins_get_no_cors_headers(ask, origin):
    for method in ("GET", "OPTIONS"):
        answer = ask(method, Origin=origin, Access_Control_Request_Method="PUT")

        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert answer.headers["Vary"] == "Origin"


def test_E_05_an_allowed_origin_is_named(ask):
    headers = ask(Origin=GOOD).headers

    assert headers["Access-Control-Allow-Origin"] == GOOD
    exposed = headers["Access-Control-Expose-Headers"].split(", ")
    assert {"X-Request-Id", "ETag", "Idempotency-Replayed"} <= set(exposed)
    assert headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in headers


def test_E_05_a_preflight_does_not_reach_the_application(ask, exchanges):
    answer = ask("OPTIONS", "/api/me", Origin=GOOD, Access_Control_Request_Method="PATCH")

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == GOOD
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "If-Match", "If-None-Match", "Idempotency-Key"} <= set(allowed)
    assert not exchanges.environs


def test_E_05_a_wildcard_allows_any_origin(ask):
    rules = replace(RULES, cross_origin=CrossOrigin(["*"]))

    assert ask(Origin=EVIL, rules=rules).headers["Access-Control-Allow-Origin"] == EVIL
    assert "Access-Control-Allow-Origin" not in ask(rules=rules).headers


def test_E_05_without_allowed_origins_there_are_no_cors_headers(ask):
    headers = ask(Origin=GOOD, rules=replace(RULES, cross_origin=CrossOrigin())).headers

    assert "Vary" not in headers
    assert "Access-Control-Allow-Origin" not in headers
