"""The checks of the database and its schema, without HTTP."""

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
def write_revision():
    """Return a function that writes a revision into the database; restore the newest later."""

    def write(revision: str) -> None:
        with transaction():
            db.session.execute(text("DELETE FROM alembic_version"))
            if revision:
                insert = text("INSERT INTO alembic_version (version_num) VALUES (:revision)")
                db.session.execute(insert, {"revision": revision})

    yield write
    write(newest_revision())


def get_failed_checks() -> dict[str, str]:
    with pytest.raises(NotReady) as api_error:
        service.check_readiness()
    return api_error.value.members["checks"]


def test_a_migrated_database_is_ready():
    assert service.check_readiness().status == "ok"


@pytest.mark.parametrize(
    ("revision", "found"), [("0000", "behind"), ("", "behind"), ("zzzz", "unknown")]
)
def test_another_schema_is_not_ready(write_revision, revision, found):
    write_revision(revision)

    assert get_failed_checks() == {"database": "ok", "schema": found}


def test_a_database_that_was_never_migrated_is_behind(build):
    app = build(SQLALCHEMY_DATABASE_URI="sqlite:///:memory:")

    with app.app_context():
        assert get_failed_checks() == {"database": "ok", "schema": "behind"}


def test_an_unreachable_database_is_reported_within_two_seconds(build):
    app = build(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://absent@127.0.0.1:1/none")
    started_at = monotonic()

    with app.app_context():
        assert get_failed_checks() == {"database": "unavailable", "schema": "unknown"}
    assert monotonic() - started_at < 2


def test_a_frozen_database_is_reported_in_time_and_blocks_one_thread(monkeypatch):
    is_answered = Event()
    monkeypatch.setattr(service, "_check_schema", lambda _connection: is_answered.wait(10))
    monkeypatch.setattr(service, "CHECK_TIMEOUT_SECONDS", 0.05)
    get_failed_checks()
    threads = active_count()

    started_at = monotonic()
    assert [get_failed_checks()["database"] for _ in range(3)] == ["unavailable"] * 3
    assert monotonic() - started_at < 1
    assert active_count() == threads

    running = service._start_checks()  # noqa: SLF001  its result would reach the next test
    is_answered.set()
    running.result(10)


def test_a_dead_connection_is_replaced(monkeypatch):
    answers = [OperationalError("SELECT", {}, Exception("gone")), service.SchemaStatus.OK]

    def check_schema(_connection: object) -> service.SchemaStatus:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(service, "_check_schema", check_schema)

    assert service.check_readiness().status == "ok"


def test_an_unreadable_schema_is_unknown(monkeypatch):
    def deny(_connection: object) -> None:
        raise service.DBAPIError("SELECT", {}, Exception("permission denied"))

    monkeypatch.setattr(service, "_check_schema", deny)

    assert get_failed_checks() == {"database": "ok", "schema": "unknown"}


def test_a_bug_is_not_reported_as_a_failed_check(monkeypatch):
    def fail(_connection: object) -> None:
        raise LookupError

    monkeypatch.setattr(service, "_check_schema", fail)

    with pytest.raises(LookupError):
        service.check_readiness()
