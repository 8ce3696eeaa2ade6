"""The endpoints for health checks."""

from importlib.metadata import version

import pytest
from sqlalchemy import event

from api.core.database import db, engine_for_reads
from api.health import service

INTERNAL = (
    "127.0.0.1",
    "psycopg",
    "postgresql",
    "sqlite",
    "rollbook_test",
    "0001",
    version("rollbook"),
)


def fail_to_connect(_connection: object) -> None:
    raise service.DatabaseUnavailable


def test_liveness_is_public(anyone):
    assert anyone.get("/health/live").json == {"status": "ok"}


def test_liveness_does_not_query_the_database(app, anyone):
    statements = []
    with app.app_context():
        engines = [db.engine, engine_for_reads()]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", lambda *_: statements.append(1))

    anyone.get("/health/live")

    assert statements == []


def test_readiness_is_public_and_lists_the_checks(anyone):
    checks = anyone.get("/health/ready").json

    ok = {"database": "ok", "schema": "ok", "keys": "ok"}
    assert checks == {"status": "ok", "checks": ok, "breach_look_up": "off"}


def test_a_service_that_is_not_ready_names_the_failure_and_when_to_retry(anyone, monkeypatch):
    monkeypatch.setattr(service, "_check_schema", fail_to_connect)

    answer = anyone.get("/health/ready", expecting=503)

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json["error"] == "not_ready"
    assert answer.json["checks"] == {
        "database": "unavailable",
        "schema": "unknown",
        "keys": "unknown",
    }


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_O_05_no_response_contains_a_host_a_version_or_a_database(anyone, monkeypatch, path):
    healthy = anyone.get(path)
    monkeypatch.setattr(service, "_check_schema", fail_to_connect)
    failed = anyone.get(path, expecting=None)

    for answer in (healthy, failed):
        body = answer.text.replace(answer.json.get("type", ""), "")
        assert not [word for word in INTERNAL if word in body]
        assert answer.headers["Server"] == "rollbook"
