import pytest
from sqlalchemy import event

from api.core.database import db, engine_for_reads
from api.health import service

INTERNAL = ("127.0.0.1", "psycopg", "postgresql", "sqlite", "rollbook_test", "0001", "0.1.0")


def away(_connection: object) -> None:
    raise service.DatabaseUnavailable


def test_whoever_asks_is_told_that_the_service_lives(anyone):
    assert anyone.get("/health/live").json == {"status": "ok"}


def test_the_database_is_not_asked_whether_the_service_lives(app, anyone):
    asked = []
    with app.app_context():
        engines = [db.engine, engine_for_reads()]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", lambda *_: asked.append(1))

    anyone.get("/health/live")

    assert asked == []


def test_whoever_asks_is_told_that_the_service_is_ready(anyone):
    told = anyone.get("/health/ready").json

    assert told == {"status": "ok", "checks": {"database": "ok", "schema": "ok"}}


def test_a_service_that_is_not_ready_says_what_fails_and_when_to_ask_again(anyone, monkeypatch):
    monkeypatch.setattr(service, "_schema", away)

    answer = anyone.get("/health/ready", expecting=503)

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json["error"] == "not_ready"
    assert answer.json["checks"] == {"database": "unavailable", "schema": "unknown"}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_O_05_neither_answer_tells_a_host_a_version_or_a_database(anyone, monkeypatch, path):
    well = anyone.get(path)
    monkeypatch.setattr(service, "_schema", away)
    sick = anyone.get(path, expecting=None)

    for answer in (well, sick):
        body = answer.text.replace(answer.json.get("type", ""), "")
        assert not [word for word in INTERNAL if word in body]
        assert answer.headers["Server"] == "rollbook"
