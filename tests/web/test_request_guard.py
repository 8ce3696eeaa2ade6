"""The requests that the guard rejects, and the errors that it renders."""

import json
from dataclasses import replace

import pytest
from werkzeug.test import Client

from api.core.errors import catalogue
from api.web.http_errors import BY_STATUS
from api.web.request_guard import EXCHANGE, RequestGuard
from tests.web.guarded import HOST, RENDER, RULES, read_problem


def test_a_valid_request_reaches_the_application(ask, exchanges):
    answer = ask("POST", "/api/users")

    assert (answer.status_code, answer.data) == (200, b"hello")
    assert len(exchanges.environs) == 1


@pytest.mark.parametrize("host", ["", "a b", "user@users.example.org", "::1", f"{HOST}:123456"])
def test_H_12_a_malformed_host_is_rejected(ask, host):
    assert read_problem(ask(path="/api/me", Host=host)) == (400, "bad_request")


def test_H_12_a_missing_host_is_rejected(ask, exchanges):
    def without_host(environ, start_response):
        del environ["HTTP_HOST"]
        return RequestGuard(None, RULES, problem=RENDER)(environ, start_response)

    assert Client(without_host).get("/api/me").status_code == 400


@pytest.mark.parametrize("host", ["evil.test", f"{HOST}.evil.test", "127.0.0.1"])
def test_H_12_another_host_is_rejected_and_not_repeated(ask, exchanges, host):
    answer = ask(path="/api/me", Host=host)

    assert read_problem(answer) == (421, "misdirected_request")
    assert host not in answer.text.replace(HOST, "")
    assert not exchanges.environs


@pytest.mark.parametrize("path", ["//", "//api/login", "///////docs"])
def test_a_path_with_several_slashes_is_404(ask, exchanges, path):
    assert read_problem(ask(path=path, environ={"PATH_INFO": path})) == (404, "not_found")
    assert not exchanges.environs


PROBES = {
    "/": "/health/live",
    "/health": "/health/live",
    "/health/live": "/health/live",
    "/healthz": "/health/live",
    "/livez": "/health/live",
    "/health/ready": "/health/ready",
    "/readyz": "/health/ready",
}
HOSTS = ["", "10.1.2.3:8000", "[fe80::1%eth0]:8000", "evil.test", "a b", "[::2]"]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("path", "target"), PROBES.items())
def test_B_44_a_probe_of_any_host_reaches_a_health_check(ask, exchanges, path, target, slash):
    for host in HOSTS:
        probed = path if path == "/" else f"{path}{slash}"
        assert ask(path=probed, Host=host).status_code == 200
        assert exchanges.environs[-1]["PATH_INFO"] == target
        assert exchanges.environs[-1]["HTTP_HOST"] == "localhost"


def test_B_44_the_root_of_an_allowed_host_is_a_page_if_there_is_one(ask, exchanges):
    ask(path="/")
    ask(path="/", rules=replace(RULES, has_home_page=False))

    assert [each["PATH_INFO"] for each in exchanges.environs] == ["/", "/health/live"]


@pytest.mark.parametrize(
    "path", ["/healthz/x", "/health/live//", "/health/other", "/docs", "/readyzz", "/x"]
)
def test_B_44_other_paths_need_an_allowed_host(ask, path):
    assert read_problem(ask(path=path, Host="evil.test"))[0] == 421


def test_B_21_a_repeated_host_is_rejected_for_a_probe(ask):
    assert ask(path="/healthz", Host=f"{HOST},evil.test").status_code == 400


@pytest.mark.parametrize("host", [HOST.upper(), f"{HOST}:8443", "[::1]:8000"])
def test_H_12_allowed_hosts_match_in_any_case_and_port(ask, host):
    assert ask(Host=host).status_code == 200


def test_H_12_a_wildcard_allows_any_host(ask):
    rules = replace(RULES, allowed_hosts=frozenset({"*"}))

    assert ask(Host="evil.test", rules=rules).status_code == 200


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "FOO", "get"])
def test_H_13_unknown_methods_are_rejected_and_counted_as_other(ask, exchanges, method):
    answer = ask("GET", environ={"REQUEST_METHOD": method})

    assert read_problem(answer) == (405, "method_not_allowed")
    assert "PATCH" in answer.headers["Allow"]
    assert exchanges.finished[0][1] == "other"


def test_H_13_head_has_no_body(ask):
    got, head = ask("GET"), ask("HEAD")

    assert head.data == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == "5"


@pytest.mark.parametrize("path", ["/a%00b", "/%0d%0aX-Bad:%20a", "/%1b[2J", "/%7f"])
def test_control_characters_in_a_path_are_404(ask, exchanges, path):
    assert read_problem(ask(path=path)) == (404, "not_found")
    assert not exchanges.environs


@pytest.mark.parametrize("path", ["/" + "a" * 4096, "/?q=" + "a" * 4096])
def test_H_16_a_long_url_is_rejected(ask, path):
    assert read_problem(ask(path=path)) == (414, "uri_too_long")


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
def test_H_16_large_headers_are_rejected(ask, headers):
    assert read_problem(ask(**headers)) == (431, "headers_too_large")


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
def test_H_09_the_content_length_is_checked_before_the_body(ask, length, answered):
    answer = ask("POST", environ={"CONTENT_LENGTH": length})

    assert (read_problem(answer) if answer.status_code != 200 else (200, None)) == answered


def test_H_09_a_path_can_have_a_smaller_limit(ask):
    assert ask("POST", "/api/login", environ={"CONTENT_LENGTH": "10"}).status_code == 200
    assert ask("POST", "/api/login", environ={"CONTENT_LENGTH": "11"}).status_code == 413


def test_H_10_a_compressed_body_is_rejected(ask):
    answer = ask("POST", Content_Encoding="gzip")

    assert read_problem(answer) == (415, "unsupported_media_type")
    assert answer.headers["Accept-Encoding"] == "identity"
    assert ask("POST", Content_Encoding="identity").status_code == 200


def test_H_16_only_100_continue_is_accepted(ask):
    assert read_problem(ask("POST", Expect="999-x")) == (417, "expectation_failed")
    assert ask("POST", Expect="100-Continue").status_code == 200


def test_O_02_a_plain_request_id_is_kept(ask, exchanges):
    assert ask(X_Request_Id="a.B-3_z").headers["X-Request-Id"] == "a.B-3_z"
    assert exchanges.environs[0][EXCHANGE].request_id == "a.B-3_z"


@pytest.mark.parametrize("hostile", ["", "a b", "a" * 65, '{"a":1}', "\u2028", "a\tb"])
def test_O_02_a_hostile_request_id_is_replaced(ask, hostile):
    given = ask(environ={"HTTP_X_REQUEST_ID": hostile}).headers["X-Request-Id"]

    assert len(given) == 16
    assert given.isalnum()


def test_a_finished_exchange_is_reported_once(ask, exchanges):
    ask("PUT")
    ask(path="/%00")

    (first, method, status, seconds), second = exchanges.finished
    assert first is exchanges.environs[0][EXCHANGE]
    assert (method, status) == ("PUT", 200)
    assert 0 < seconds < 5
    assert second[2] == 404


def test_an_error_in_a_report_does_not_change_the_response(hello_application):
    guard = RequestGuard(hello_application, RULES, problem=RENDER, on_finished=[lambda *_: 1 / 0])

    assert Client(guard).get("/", headers={"Host": HOST}).data == b"hello"


class Crash(BaseException):
    """Not an Exception, as SystemExit is none."""


@pytest.mark.parametrize(
    "error", [Crash, MemoryError, RecursionError, SystemExit, KeyboardInterrupt]
)
def test_O_07_a_crash_reveals_nothing(ask, exchanges, error):
    def crash(_environ, _start_response):
        raise error("the database password is hunter2")

    answer = ask(app=crash)

    assert read_problem(answer) == (500, "internal_error")
    assert "hunter2" not in answer.text
    assert exchanges.finished[0][2] == 500


def test_O_07_a_crash_during_the_body_is_an_error_and_closes_the_iterator(ask):
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

    assert read_problem(ask(app=half)) == (500, "internal_error")
    assert closed


def test_the_write_callable_of_wsgi_works(ask):
    def write_body(_environ, start_response):
        write = start_response("200 OK", [])
        write(b"one ")
        return iter([b"two"])

    assert ask(app=write_body).data == b"one two"


def test_a_response_can_be_replaced_before_it_is_sent(ask):
    def replace_response(_environ, start_response):
        start_response("200 OK", [])
        start_response("418 I'm a teapot", [], (None, None, None))
        return [b""]

    assert ask(app=replace_response).status_code == 418


def test_E_01_every_status_of_a_library_has_an_error_class():
    for status, kind in BY_STATUS.items():
        assert json.loads(RENDER(kind(), "x")[2])["status"] == status
    assert set(BY_STATUS.values()) <= set(catalogue())
