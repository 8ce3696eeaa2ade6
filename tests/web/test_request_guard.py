"""What the edge refuses, and what it puts on every answer, over an application of three lines."""

import json
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
from werkzeug.test import Client

from api.core.errors import Overloaded, catalogue
from api.web import problems
from api.web.http_errors import BY_STATUS
from api.web.request_guard import EXCHANGE, GUARD_ERROR, RequestGuard, Rules

HOST = "users.example.org"
GOOD, EVIL = "https://app.example.org", "https://app.example.org.evil.test"
RULES = Rules(
    allowed_hosts=frozenset({HOST, "[::1]"}),
    cors_origins=frozenset({GOOD}),
    max_body_bytes=100,
    body_caps={"/api/login": 10},
)
RENDER = partial(problems.render_for_wsgi, base_url=f"https://{HOST}")


@pytest.fixture
def seen():
    """What reached the application, and what was told of each exchange."""
    return SimpleNamespace(environs=[], told=[])


@pytest.fixture
def application(seen):
    def hello(environ, start_response):
        seen.environs.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [b"hello"]

    return hello


@pytest.fixture
def ask(seen, application):
    def ask(method="GET", path="/", *, rules=RULES, app=application, environ=None, **headers):
        def told(*facts):
            seen.told.append(facts)

        edge = RequestGuard(app, rules, problem=RENDER, on_finished=[told])
        lines = {"Host": HOST, **{name.replace("_", "-"): text for name, text in headers.items()}}
        options = {"headers": lines, "environ_overrides": environ or {}}
        return Client(edge).open(path, method=method, **options)

    return ask


def problem(answer):
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == answer.status_code
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    return answer.status_code, answer.json["error"]


def test_a_good_request_passes(ask, seen):
    answer = ask("POST", "/api/users")

    assert (answer.status_code, answer.data) == (200, b"hello")
    assert len(seen.environs) == 1


@pytest.mark.parametrize("host", ["", "a b", "user@users.example.org", "::1", f"{HOST}:123456"])
def test_a_host_that_is_none_is_refused(ask, host):
    assert problem(ask(Host=host)) == (400, "bad_request")


def test_a_missing_host_is_refused(ask, seen):
    def without_host(environ, start_response):
        del environ["HTTP_HOST"]
        return RequestGuard(None, RULES, problem=RENDER)(environ, start_response)

    assert Client(without_host).get("/").status_code == 400


@pytest.mark.parametrize("host", ["evil.test", f"{HOST}.evil.test", "127.0.0.1"])
def test_another_name_is_refused_and_not_repeated(ask, seen, host):
    answer = ask(Host=host)

    assert problem(answer) == (421, "misdirected_request")
    assert host not in answer.text.replace(HOST, "")
    assert not seen.environs


@pytest.mark.parametrize("path", ["//", "//api/login", "///////docs"])
def test_a_path_has_one_spelling(ask, seen, path):
    assert problem(ask(path=path, environ={"PATH_INFO": path})) == (404, "not_found")
    assert not seen.environs


def test_a_probe_may_use_any_name(ask):
    assert ask(path="/health/live", Host="10.1.2.3:8000").status_code == 200


@pytest.mark.parametrize("host", [HOST.upper(), f"{HOST}:8443", "[::1]:8000"])
def test_our_names_are_known_in_any_case_and_on_any_port(ask, host):
    assert ask(Host=host).status_code == 200


def test_any_name_will_do_where_the_operator_says_so(ask):
    rules = replace(RULES, allowed_hosts=frozenset({"*"}))

    assert ask(Host="evil.test", rules=rules).status_code == 200


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "FOO", "get"])
def test_other_methods_are_refused_and_counted_as_one(ask, seen, method):
    answer = ask("GET", environ={"REQUEST_METHOD": method})

    assert problem(answer) == (405, "method_not_allowed")
    assert "PATCH" in answer.headers["Allow"]
    assert seen.told[0][1] == "other"


def test_head_is_get_without_the_body(ask):
    got, head = ask("GET"), ask("HEAD")

    assert head.data == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == "5"


@pytest.mark.parametrize("path", ["/a%00b", "/%0d%0aX-Bad:%20a", "/%1b[2J", "/%7f"])
def test_control_characters_lead_nowhere(ask, seen, path):
    assert problem(ask(path=path)) == (404, "not_found")
    assert not seen.environs


@pytest.mark.parametrize("path", ["/" + "a" * 4096, "/?q=" + "a" * 4096])
def test_a_long_address_is_refused(ask, path):
    assert problem(ask(path=path)) == (414, "uri_too_long")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Long": "a" * 8192},
        {f"X-{number}": "a" for number in range(101)},
        {f"X-{number}": "a" * 8000 for number in range(5)},
        {"Content-Type": "a" * 8193},
    ],
    ids=["one", "many", "in all", "content type"],
)
def test_large_headers_are_refused(ask, headers):
    assert problem(ask(**headers)) == (431, "headers_too_large")


@pytest.mark.parametrize(
    ("length", "answered"),
    [
        ("100", (200, None)),
        ("101", (413, "payload_too_large")),
        ("9" * 5000, (413, "payload_too_large")),
        ("-2", (400, "bad_request")),
        ("+2", (400, "bad_request")),
        ("\u0661", (400, "bad_request")),
        ("", (200, None)),
    ],
)
def test_the_length_of_a_body_is_judged_before_it_is_read(ask, length, answered):
    answer = ask("POST", environ={"CONTENT_LENGTH": length})

    assert (problem(answer) if answer.status_code != 200 else (200, None)) == answered


def test_some_addresses_take_less(ask):
    assert ask("POST", "/api/login", environ={"CONTENT_LENGTH": "10"}).status_code == 200
    assert ask("POST", "/api/login", environ={"CONTENT_LENGTH": "11"}).status_code == 413


def test_a_compressed_body_is_refused(ask):
    answer = ask("POST", Content_Encoding="gzip")

    assert problem(answer) == (415, "unsupported_media_type")
    assert answer.headers["Accept-Encoding"] == "identity"
    assert ask("POST", Content_Encoding="identity").status_code == 200


def test_only_one_expectation_can_be_met(ask):
    assert problem(ask("POST", Expect="999-x")) == (417, "expectation_failed")
    assert ask("POST", Expect="100-Continue").status_code == 200


def test_what_the_server_found_wrong_is_refused_here(ask, seen):
    answer = ask(environ={GUARD_ERROR: Overloaded})

    assert problem(answer) == (503, "overloaded")
    assert answer.headers["Retry-After"] == "1"
    assert not seen.environs


def test_every_answer_is_clothed(ask):
    for answer in (ask(), ask(path="/%00"), ask("OPTIONS", Origin=GOOD)):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert (
            answer.headers["Content-Security-Policy"]
            == "default-src 'none'; frame-ancestors 'none'"
        )
        assert "Strict-Transport-Security" not in answer.headers


def test_browsers_are_held_to_tls_where_there_is_tls(ask):
    answer = ask(rules=replace(RULES, https=True))

    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"


def test_an_answer_may_have_clothes_of_its_own(ask):
    def page(_environ, start_response):
        own = [("content-security-policy", "default-src 'self'"), ("Cache-Control", "max-age=60")]
        start_response("200 OK", own)
        return []

    headers = ask(app=page).headers

    assert headers.get_all("Content-Security-Policy") == ["default-src 'self'"]
    assert headers.get_all("Cache-Control") == ["max-age=60"]


@pytest.mark.parametrize("origin", [EVIL, "null", "http://app.example.org", "*", GOOD.upper()])
def test_other_origins_may_not_read(ask, origin):
    for method in ("GET", "OPTIONS"):
        answer = ask(method, Origin=origin, Access_Control_Request_Method="PUT")

        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert answer.headers["Vary"] == "Origin"


def test_an_origin_that_may_read_is_named_exactly(ask):
    headers = ask(Origin=GOOD).headers

    assert headers["Access-Control-Allow-Origin"] == GOOD
    exposed = headers["Access-Control-Expose-Headers"].split(", ")
    assert {"X-Request-Id", "ETag", "Idempotency-Replayed"} <= set(exposed)
    assert headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in headers


def test_a_preflight_is_answered_here(ask, seen):
    answer = ask("OPTIONS", "/api/me", Origin=GOOD, Access_Control_Request_Method="PATCH")

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == GOOD
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "If-Match", "If-None-Match", "Idempotency-Key"} <= set(allowed)
    assert not seen.environs


def test_any_origin_may_read_where_the_operator_says_so(ask):
    rules = replace(RULES, cors_origins=frozenset({"*"}))

    assert ask(Origin=EVIL, rules=rules).headers["Access-Control-Allow-Origin"] == EVIL
    assert "Access-Control-Allow-Origin" not in ask(rules=rules).headers


def test_without_origins_there_is_no_word_of_them(ask):
    headers = ask(Origin=GOOD, rules=replace(RULES, cors_origins=frozenset())).headers

    assert "Vary" not in headers
    assert "Access-Control-Allow-Origin" not in headers


def test_a_plain_request_id_is_kept(ask, seen):
    assert ask(X_Request_Id="a.B-3_z").headers["X-Request-Id"] == "a.B-3_z"
    assert seen.environs[0][EXCHANGE].request_id == "a.B-3_z"


@pytest.mark.parametrize("hostile", ["", "a b", "a" * 65, '{"a":1}', "\u2028", "a\tb"])
def test_a_hostile_request_id_is_replaced(ask, hostile):
    given = ask(environ={"HTTP_X_REQUEST_ID": hostile}).headers["X-Request-Id"]

    assert len(given) == 16
    assert given.isalnum()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.66, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.66, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "198.51.100.66, 2001:DB8::1", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.9, not an address", "192.0.2.1"),
    ],
)
def test_N_02_the_address_is_the_one_the_outermost_trusted_proxy_saw(
    ask, seen, proxies, forwarded, address
):
    environ = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": forwarded}
    ask(rules=replace(RULES, trusted_proxies=proxies), environ=environ)

    assert seen.environs[0][EXCHANGE].client_address == address


def test_the_exchange_is_told_once_it_is_over(ask, seen):
    ask("PUT")
    ask(path="/%00")

    (first, method, status, seconds), second = seen.told
    assert first is seen.environs[0][EXCHANGE]
    assert (method, status) == ("PUT", 200)
    assert 0 < seconds < 5
    assert second[2] == 404


def test_the_client_is_answered_whatever_becomes_of_the_books(application):
    edge = RequestGuard(application, RULES, problem=RENDER, on_finished=[lambda *_: 1 / 0])

    assert Client(edge).get("/", headers={"Host": HOST}).data == b"hello"


class Doom(BaseException):
    """As little an Exception as SystemExit."""


@pytest.mark.parametrize("doom", [Doom, MemoryError, RecursionError, SystemExit, KeyboardInterrupt])
def test_O_07_a_crash_gives_nothing_away(ask, seen, doom):
    def crash(_environ, _start_response):
        raise doom("the database password is hunter2")

    answer = ask(app=crash)

    assert problem(answer) == (500, "internal_error")
    assert "hunter2" not in answer.text
    assert seen.told[0][2] == 500


def test_a_crash_halfway_is_a_crash_and_the_application_may_clean_up(ask):
    closed = []

    class Chunks:
        def __iter__(self):
            yield b"half"
            raise ValueError

        def close(self):
            closed.append(True)

    def half(_environ, start_response):
        start_response("200 OK", [])
        return Chunks()

    assert problem(ask(app=half)) == (500, "internal_error")
    assert closed


def test_an_answer_may_be_written_in_the_old_way(ask):
    def written(_environ, start_response):
        write = start_response("200 OK", [])
        write(b"one ")
        return iter([b"two"])

    assert ask(app=written).data == b"one two"


def test_an_answer_may_be_withdrawn(ask):
    def withdrawn(_environ, start_response):
        start_response("200 OK", [])
        start_response("418 I'm a teapot", [], (None, None, None))
        return [b""]

    assert ask(app=withdrawn).status_code == 418


def test_every_status_that_libraries_raise_has_a_refusal():
    for status, kind in BY_STATUS.items():
        assert json.loads(RENDER(kind(), "x")[2])["status"] == status
    assert set(BY_STATUS.values()) <= set(catalogue())
