"""The checks of the database and its schema, without HTTP."""

from contextlib import suppress
from secrets import token_urlsafe
from threading import Event, active_count
from time import monotonic

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from api.core.database import db, engine_for_reads, in_transaction, transaction
from api.health import service
from api.health.errors import NotReady
from api.keys.ring import current_keys
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
    """Return the checks but that of the keys, which are only read if the others succeed."""
    with pytest.raises(NotReady) as api_error:
        service.check_readiness()
    checks = dict(api_error.value.members["checks"])
    assert checks.pop("keys") == "unknown"
    return checks


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


@pytest.fixture
def sign(build):
    """Sign with a key that is encrypted with an ENCRYPTION_KEY."""

    def sign_in_process(secret: str) -> None:
        with build(ENCRYPTION_KEY=secret).app_context():
            in_transaction(current_keys().get_signer)

    return sign_in_process


def test_a_signing_key_of_another_encryption_key_is_not_ready(build, sign):
    sign(token_urlsafe(48))

    with build(ENCRYPTION_KEY=token_urlsafe(48)).app_context(), pytest.raises(NotReady) as error:
        service.check_readiness()

    assert error.value.members["checks"] == {"database": "ok", "schema": "ok", "keys": "locked"}


def test_a_signing_key_that_can_be_decrypted_is_ready(build, sign):
    secret = token_urlsafe(48)
    sign(secret)

    with build(ENCRYPTION_KEY=secret).app_context():
        assert service.check_readiness().status == "ok"


def test_a_service_that_has_no_signing_key_yet_is_ready(build):
    with build(ENCRYPTION_KEY=token_urlsafe(48)).app_context():
        assert service.check_readiness().status == "ok"


@pytest.mark.parametrize("is_locked", [False, True], ids=["decrypted", "locked"])
def test_the_next_probe_does_not_read_the_keys_again(build, sign, is_locked):
    secret = token_urlsafe(48)
    sign(secret)
    statements: list[str] = []
    with build(ENCRYPTION_KEY=token_urlsafe(48) if is_locked else secret).app_context():
        for engine in {db.engine, engine_for_reads() or db.engine}:
            event.listen(
                engine, "before_cursor_execute", lambda *about: statements.append(about[2])
            )
        for _ in range(3):
            with suppress(NotReady):
                service.check_readiness()

    assert len([each for each in statements if "signing_keys" in each]) == 1
