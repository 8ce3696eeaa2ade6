"""Which origins may call the API, and which headers a preflight allows."""

import pytest

from api.web.cors import CrossOrigin, make_preflight_headers
from tests.web.guarded import GOOD


@pytest.mark.parametrize(
    ("pattern", "origin", "allowed"),
    [
        ("https://*.vercel.app", "https://my-app-git-x.vercel.app", True),
        ("https://*.vercel.app", "https://a.b.vercel.app", False),
        ("https://*.vercel.app", "https://vercel.app", False),
        ("https://*.vercel.app", "https://.vercel.app", False),
        ("https://*.vercel.app", "http://a.vercel.app", False),
        ("https://*.vercel.app", "https://a.vercel.app:8443", False),
        ("https://*.vercel.app", "https://a.vercel.app.evil.test", False),
        ("https://*.vercel.app", "https://a.vercelxapp", False),
        ("https://*.vercel.app", "https://evil.test/.vercel.app", False),
        ("https://*.vercel.app", "https://evil.test#.vercel.app", False),
        ("https://*.vercel.app", "https://a@b.vercel.app", False),
        ("https://*.vercel.app", "https://a.vercel.app\n", False),
        ("https://*.vercel.app", "null", False),
        ("https://*.vercel.app", "", False),
        ("https://*.example.org:8443", "https://a.example.org:8443", True),
        ("https://*.example.org:8443", "https://a.example.org", False),
        ("https://app-*.example.org", "https://app-7.example.org", True),
        ("https://app-*.example.org", "https://app-.example.org", False),
        ("https://app-*.example.org", "https://my-app-7.example.org", False),
    ],
)
def test_B_25_a_wildcard_stands_for_one_label(pattern, origin, allowed):
    assert CrossOrigin([GOOD, pattern]).is_allowed(origin) is allowed


def test_B_25_exact_origins_stay_beside_a_wildcard():
    rules = CrossOrigin([GOOD, "https://*.a.example.org", "https://*.b.example.org"])

    assert all(map(rules.is_allowed, [GOOD, "https://x.a.example.org", "https://x.b.example.org"]))


def test_B_25_an_origin_that_matches_a_wildcard_is_named():
    environ = {"HTTP_ORIGIN": "https://a.vercel.app", "REQUEST_METHOD": "GET"}
    headers = dict(CrossOrigin(["https://*.vercel.app"]).make_headers(environ))

    assert headers["Access-Control-Allow-Origin"] == "https://a.vercel.app"
    assert headers["Vary"] == "Origin"


def allow_headers(asked):
    environ = {} if asked is None else {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": asked}
    headers = make_preflight_headers(environ)
    [allowed] = [text for name, text in headers if name == "Access-Control-Allow-Headers"]
    assert ("Vary", "Access-Control-Request-Headers") in headers
    return allowed.split(", ")


OURS = allow_headers(None)


def test_B_27_C_13_a_preflight_allows_the_headers_that_are_asked_for(ask):
    asked = "authorization,baggage,sentry-trace,traceparent,x-requested-with"
    answer = ask(
        "OPTIONS",
        "/api/me",
        Origin=GOOD,
        Access_Control_Request_Method="GET",
        Access_Control_Request_Headers=asked,
    )
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")

    assert allowed == [*OURS, "baggage", "sentry-trace", "traceparent", "x-requested-with"]
    assert set(answer.headers.get_all("Vary")) == {"Origin", "Access-Control-Request-Headers"}
    assert answer.headers["Access-Control-Max-Age"] == "600"


@pytest.mark.parametrize(
    "asked",
    ["", ",", "a b", "a\r\nSet-Cookie: x", "a:b", "é", "(a)", '"a"', "a" * 65, "IF-MATCH", "a/b"],
)
def test_B_27_what_is_no_name_or_is_allowed_anyway_adds_nothing(asked):
    assert allow_headers(asked) == OURS


def test_B_27_the_number_of_names_is_limited():
    asked = ",".join(f"x-{number}" for number in range(500))

    assert len(allow_headers(asked)) == len(OURS) + 50


def test_B_27_a_repeated_name_is_allowed_once():
    assert allow_headers("baggage, Baggage,BAGGAGE") == [*OURS, "baggage"]
