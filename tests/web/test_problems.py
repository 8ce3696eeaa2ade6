"""All errors have one shape and reveal nothing internal."""

import pytest
from flask import abort
from psycopg.errors import DiskFull
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.testing import capture_logs
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from api.core.errors import (
    DatabaseUnavailable,
    InvalidRequest,
    PermissionDenied,
    Unauthenticated,
    ValidationError,
)
from api.login import service
from api.web import problems
from api.web.request_guard import EXCHANGE, Exchange

UNKNOWN_USER = "/api/users/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
MEMBERS = {"type", "title", "status", "detail", "error", "message", "request_id"}
CREDENTIALS = {"username": "ada", "password": "hunter2 and more"}
SECRET = "hunter2"


@pytest.fixture
def request_context(app):
    """Push a request context, as error handlers have one."""
    exchange = Exchange("4f2a", "192.0.2.7")
    with app.test_request_context("/api/me", environ_overrides={EXCHANGE: exchange}):
        yield


@pytest.fixture
def crash(monkeypatch):
    """Make a login fail with an exception."""

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
        ("GET", UNKNOWN_USER, {}, 401, "unauthenticated"),
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
def test_an_error_can_have_more_members(api_error, member, value):
    document = problems.problem_document(api_error, "4f2a", "https://rollbook.example")

    assert document.keys() - MEMBERS == {member}
    assert document[member] == value
    assert document["type"] == f"https://rollbook.example/docs/errors/{api_error.code}"


def test_a_401_names_both_credentials_and_their_header(anyone):
    answer = anyone.ask("GET", "/api/me", headers={"X-API-Key": "rb_live_x"}, expecting=401)

    assert answer.json["detail"] == "A valid access token or API key is required."
    assert "`Authorization: Bearer …`" in Unauthenticated.remedy
    assert "API key" in Unauthenticated.remedy


def test_H_13_a_405_names_the_allowed_methods(anyone):
    answer = anyone.ask("DELETE", "/api/login", expecting=405)

    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


@pytest.mark.parametrize("path", ["/api//me", "/api/me/", "/API/me"])
def test_no_path_is_redirected(anyone, path):
    anyone.get(path, expecting=404)


def test_a_redirect_is_not_rendered_as_an_error(request_context):
    answer = problems.render_http_error(RequestRedirect("/elsewhere"))

    assert (answer.status_code, answer.headers["Location"]) == (308, "/elsewhere")


@pytest.mark.parametrize(("status", "code"), [(400, "bad_request"), (501, "not_implemented")])
def test_errors_of_the_framework_have_our_text(request_context, status, code):
    with pytest.raises(HTTPException) as error:
        abort(status, description=SECRET)

    answer = problems.render_http_error(error.value)

    assert (answer.status_code, answer.json["error"]) == (status, code)
    assert SECRET.encode() not in answer.data


def test_a_crash_is_rolled_back(anyone, monkeypatch, recorded):
    monkeypatch.setattr(service, "_find_hash", lambda _account: 1 / 0)

    anyone.post("/api/login", CREDENTIALS, expecting=500)

    assert recorded() == []


@pytest.mark.parametrize(
    ("cause", "error", "sqlstate"),
    [
        (OperationalError(SECRET, {}, DiskFull(SECRET)), "DiskFull", "53100"),
        (DiskFull(SECRET), "DiskFull", "53100"),
        (PoolTimeout(SECRET), "TimeoutError", None),
    ],
    ids=repr,
)
def test_the_cause_of_an_unavailable_database_is_only_logged(
    request_context, cause, error, sqlstate
):
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
    assert line["reason"] == SECRET
    assert SECRET.encode() not in answer.data
    assert answer.json["error"] == "database_unavailable"
    assert b"DiskFull" not in answer.data
