"""Whatever goes wrong, the client reads one shape, and nothing it should not."""

import pytest
from flask import abort
from psycopg.errors import DiskFull
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.testing import capture_logs
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from api.core.errors import DatabaseUnavailable, InvalidRequest, PermissionDenied, ValidationError
from api.login import service
from api.web import problems
from api.web.request_guard import EXCHANGE, Exchange

NOBODY = "/api/users/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
MEMBERS = {"type", "title", "status", "detail", "error", "message", "request_id"}
CREDENTIALS = {"username": "ada", "password": "hunter2 and more"}
SECRET = "hunter2"


@pytest.fixture
def within(app):
    """Within a request, as handlers of errors are called."""
    exchange = Exchange("4f2a", "192.0.2.7")
    with app.test_request_context("/api/me", environ_overrides={EXCHANGE: exchange}):
        yield


@pytest.fixture
def crash(monkeypatch):
    """Let a login crash with an error."""

    def crash_with(error):
        def log_in(**_):
            raise error

        monkeypatch.setattr(service, "log_in", log_in)

    return crash_with


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "not_found"),
        ("GET", "/api/nowhere", {}, 404, "not_found"),
        ("GET", "/api/users/7", {}, 404, "not_found"),
        ("DELETE", "/api/login", {}, 405, "method_not_allowed"),
        ("TRACE", "/api/login", {}, 405, "method_not_allowed"),
        ("GET", NOBODY, {}, 401, "unauthenticated"),
        ("POST", "/api/login", {"data": "x"}, 415, "unsupported_media_type"),
        (
            "POST",
            "/api/login",
            {"data": "{", "content_type": "application/json"},
            400,
            "bad_request",
        ),
        ("POST", "/api/login", {"json": {}}, 422, "invalid_request"),
        ("POST", "/api/login", {"json": CREDENTIALS}, 401, "invalid_credentials"),
        ("POST", "/api/login", {"json": "x" * 5000}, 413, "payload_too_large"),
        ("GET", "/api/me?" + "x" * 5000, {}, 414, "uri_too_long"),
        ("GET", "/api/me", {"headers": {"Host": "evil.test"}}, 421, "misdirected_request"),
        ("GET", "/api/me", {"headers": {"X-Long": "x" * 9000}}, 431, "headers_too_large"),
        ("GET", "/api/me", {"headers": {"Expect": "tea"}}, 417, "expectation_failed"),
    ],
)
def test_E_01_every_error_is_a_problem(anyone, method, path, options, status, code):
    answer = anyone.ask(method, path, expecting=status, **options)

    assert answer.content_type == "application/problem+json"
    assert answer.json.keys() - {"errors", "max_bytes"} == MEMBERS
    assert (answer.json["status"], answer.json["error"]) == (status, code)
    assert answer.json["type"].endswith(f"/docs/errors/{code}")
    assert answer.json["message"] == answer.json["detail"]
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("api_error", "member", "value"),
    [
        (PermissionDenied("users:read"), "permission", "users:read"),
        (
            InvalidRequest([ValidationError("/a", "type", "must be of type string")]),
            "errors",
            [ValidationError("/a", "type", "must be of type string")],
        ),
    ],
)
def test_a_refusal_can_tell_more(api_error, member, value):
    document = problems.problem_document(api_error, "4f2a", "https://rollbook.example")

    assert document.keys() - MEMBERS == {member}
    assert document[member] == value
    assert document["type"] == f"https://rollbook.example/docs/errors/{api_error.code}"


def test_the_methods_that_an_address_takes_are_told(anyone):
    answer = anyone.ask("DELETE", "/api/login", expecting=405)

    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


@pytest.mark.parametrize("path", ["/api//me", "/api/me/", "/API/me"])
def test_an_address_is_not_led_on_to_another(anyone, path):
    anyone.get(path, expecting=404)


def test_a_redirect_is_none_of_our_errors(within):
    answer = problems.render_http_error(RequestRedirect("/elsewhere"))

    assert (answer.status_code, answer.headers["Location"]) == (308, "/elsewhere")


@pytest.mark.parametrize(("status", "code"), [(400, "bad_request"), (501, "not_implemented")])
def test_what_the_framework_refuses_is_said_in_our_words(within, status, code):
    with pytest.raises(HTTPException) as error:
        abort(status, description=SECRET)

    answer = problems.render_http_error(error.value)

    assert (answer.status_code, answer.json["error"]) == (status, code)
    assert SECRET.encode() not in answer.data


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(SECRET), RecursionError(SECRET), MemoryError(SECRET)], ids=repr
)
def test_E_02_a_crash_gives_nothing_away_and_tells_the_log_all_of_it(anyone, crash, error):
    crash(error)

    with capture_logs() as lines:
        answer = anyone.post("/api/login", CREDENTIALS, expecting=500)

    assert answer.json["error"] == "internal_error"
    assert type(error).__name__ not in answer.text
    assert SECRET not in answer.text + str(answer.headers)
    [line] = [line for line in lines if line["event"] == "crashed"]
    assert (line["log_level"], line["error"]) == ("error", type(error).__name__)
    assert line["exc_info"] is error


@pytest.mark.parametrize("error", [SystemExit(SECRET), KeyboardInterrupt()], ids=repr)
def test_O_07_nothing_ends_the_worker(anyone, crash, error):
    crash(error)

    answer = anyone.post("/api/login", CREDENTIALS, expecting=500)

    assert answer.json["error"] == "internal_error"
    assert SECRET not in answer.text


def test_a_service_that_crashed_answers_the_next(anyone, crash, monkeypatch):
    crash(ZeroDivisionError())
    anyone.post("/api/login", CREDENTIALS, expecting=500)
    monkeypatch.undo()

    anyone.post("/api/login", CREDENTIALS, expecting=401)


def test_a_crash_leaves_nothing_half_done(anyone, monkeypatch, recorded):
    monkeypatch.setattr(service, "_find_hash", lambda _account: 1 / 0)

    anyone.post("/api/login", CREDENTIALS, expecting=500)

    assert recorded() == []


@pytest.mark.parametrize(
    ("cause", "error", "sqlstate"),
    [
        (OperationalError(SECRET, {}, DiskFull(SECRET)), "DiskFull", "53100"),
        (DiskFull(SECRET), "DiskFull", "53100"),
        (PoolTimeout(SECRET), "TimeoutError", None),
        (None, "NoneType", None),
    ],
    ids=repr,
)
def test_why_the_database_is_away_is_told_to_the_log_alone(within, cause, error, sqlstate):
    api_error = DatabaseUnavailable()
    api_error.__cause__ = cause

    with capture_logs() as lines:
        answer = problems.render_api_error(api_error)

    [line] = lines
    assert (line["event"], line["error"], line["sqlstate"]) == (
        "database.unavailable",
        error,
        sqlstate,
    )
    assert SECRET not in str(line)
    assert answer.json["error"] == "database_unavailable"
    assert b"DiskFull" not in answer.data
