from threading import Event, active_count
from time import monotonic

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from api.core.database import db, transaction
from api.health import service
from api.health.errors import NotReady
from api.migrations import newest_revision

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def schema():
    """Write another revision into the database; the true one returns afterwards."""

    def write(revision: str) -> None:
        with transaction():
            db.session.execute(text("DELETE FROM alembic_version"))
            if revision:
                insert = text("INSERT INTO alembic_version (version_num) VALUES (:revision)")
                db.session.execute(insert, {"revision": revision})

    yield write
    write(newest_revision())


def rejected() -> dict[str, str]:
    with pytest.raises(NotReady) as api_error:
        service.ready()
    return api_error.value.members["checks"]


def test_a_migrated_database_is_ready():
    assert service.ready().status == "ok"


@pytest.mark.parametrize(
    ("revision", "found"), [("0000", "behind"), ("", "behind"), ("zzzz", "unknown")]
)
def test_another_schema_is_not_ready(schema, revision, found):
    schema(revision)

    assert rejected() == {"database": "ok", "schema": found}


def test_a_database_that_was_never_migrated_is_behind(build):
    app = build(SQLALCHEMY_DATABASE_URI="sqlite:///:memory:")

    with app.app_context():
        assert rejected() == {"database": "ok", "schema": "behind"}


def test_a_database_that_is_away_is_told_in_time(build):
    app = build(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://nobody@127.0.0.1:1/none")
    begun = monotonic()

    with app.app_context():
        assert rejected() == {"database": "unavailable", "schema": "unknown"}
    assert monotonic() - begun < 2


def test_a_database_that_is_frozen_is_told_in_time_and_holds_one_thread(monkeypatch):
    thawed = Event()
    monkeypatch.setattr(service, "_schema", lambda _connection: thawed.wait(10))
    monkeypatch.setattr(service, "PATIENCE", 0.05)
    rejected()
    threads = active_count()

    begun = monotonic()
    assert [rejected()["database"] for _ in range(3)] == ["unavailable"] * 3
    assert monotonic() - begun < 1
    assert active_count() == threads

    awaited = service._asked()  # noqa: SLF001  what is still awaited would answer the next test
    thawed.set()
    awaited.result(10)


def test_a_connection_that_died_is_tried_again(monkeypatch):
    answers = [OperationalError("SELECT", {}, Exception("gone")), service.Schema.OK]

    def schema(_connection: object) -> service.Schema:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(service, "_schema", schema)

    assert service.ready().status == "ok"


def test_a_schema_that_may_not_be_read_is_unknown(monkeypatch):
    def refuse(_connection: object) -> None:
        raise service.DBAPIError("SELECT", {}, Exception("permission denied"))

    monkeypatch.setattr(service, "_schema", refuse)

    assert rejected() == {"database": "ok", "schema": "unknown"}


def test_a_mistake_of_ours_is_not_taken_for_an_answer(monkeypatch):
    def fail(_connection: object) -> None:
        raise LookupError

    monkeypatch.setattr(service, "_schema", fail)

    with pytest.raises(LookupError):
        service.ready()
