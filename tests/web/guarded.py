"""A request guard in front of an application of three lines."""

from functools import partial
from types import SimpleNamespace

from werkzeug.test import Client

from api.web import problems
from api.web.cors import CrossOrigin
from api.web.request_guard import RequestGuard, Rules

HOST = "users.example.org"
GOOD, EVIL = "https://app.example.org", "https://app.example.org.evil.test"
RULES = Rules(
    allowed_hosts=frozenset({HOST, "[::1]"}),
    cross_origin=CrossOrigin([GOOD]),
    max_body_bytes=100,
    max_bytes_by_path={"/api/login": 10},
)
RENDER = partial(problems.render_for_wsgi, base_url=f"https://{HOST}")


def make_record():
    """Record the requests that reached the application, and the finished exchanges."""
    return SimpleNamespace(environs=[], finished=[])


def make_application(recorded):
    """Return an application that answers hello and records its requests."""

    def hello(environ, start_response):
        recorded.environs.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [b"hello"]

    return hello


def make_client(recorded, application):
    """Return a function that sends a request through the guard."""

    def ask(method="GET", path="/", *, rules=RULES, app=application, environ=None, **headers):
        def finish(*facts):
            recorded.finished.append(facts)

        guard = RequestGuard(app, rules, problem=RENDER, on_finished=[finish])
        lines = {"Host": HOST, **{name.replace("_", "-"): text for name, text in headers.items()}}
        options = {"headers": lines, "environ_overrides": environ or {}}
        return Client(guard).open(path, method=method, **options)

    return ask


def read_problem(answer):
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == answer.status_code
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    return answer.status_code, answer.json["error"]
