"""The two engines of a database, and their timeouts."""

from threading import Thread

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from api.core import engines
from api.core.database import db, engine_for_reads, in_transaction
from api.users.models import User

POSTGRESQL = "postgresql+psycopg://rollbook@localhost/rollbook"


def ask(engine, question):
    with engine.connect() as connection:
        return connection.scalar(text(question))


class TestOptions:
    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
    def test_a_database_in_memory_has_no_options(self, url):
        assert engines.make_options(url, pool_size=8, timeout_ms=3000) == {}

    @pytest.mark.parametrize(("timeout", "seconds"), [(3000, 5), (9000, 9)])
    def test_a_writer_to_a_file_waits_for_the_lock(self, timeout, seconds):
        options = engines.make_options("sqlite:///roll.sqlite", pool_size=8, timeout_ms=timeout)

        assert options["connect_args"] == {"timeout": seconds}

    def test_a_server_gets_the_pool_size_and_the_timeouts(self):
        options = engines.make_options(POSTGRESQL, pool_size=3, timeout_ms=700)

        assert (options["pool_size"], options["max_overflow"]) == (3, 0)
        assert "statement_timeout=700" in options["connect_args"]["options"]
        assert "lock_timeout=700" in options["connect_args"]["options"]

    @pytest.mark.parametrize("url", [POSTGRESQL, "sqlite:///roll.sqlite"])
    def test_errors_do_not_contain_parameters(self, url):
        assert engines.make_options(url, pool_size=8, timeout_ms=3000)["hide_parameters"]


class TestSQLite:
    @pytest.fixture(autouse=True)
    def context(self, sqlite):
        with sqlite.app_context():
            yield

    @pytest.mark.parametrize(
        ("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 1)]
    )
    def test_both_engines_set_the_pragma(self, pragma, value):
        for engine in (db.engine, engine_for_reads()):
            assert ask(engine, f"PRAGMA {pragma}") == value

    def test_transactions_that_read_and_then_write_run_one_after_the_other(self, sqlite):
        wrote = []

        def write(name):
            count = db.session.query(User).count()
            db.session.add(User(username=f"{name}{count}", email=f"{name}@example.org"))
            db.session.flush()
            wrote.append(f"{name}{count}")

        def write_too():
            with sqlite.app_context():
                in_transaction(lambda: write("grace"))

        def write_while_another_waits():
            assert db.session.query(User).count() == 0
            other.start()
            other.join(0.2)
            write("ada")

        other = Thread(target=write_too)
        in_transaction(write_while_another_waits)
        other.join(10)

        assert wrote == ["ada0", "grace1"]

    def test_a_reader_does_not_wait_for_a_writer(self):
        db.session.add(User(username="ada", email="ada@example.org"))
        db.session.flush()

        assert ask(engine_for_reads(), "SELECT count(*) FROM users") == 0


class TestPostgreSQL:
    @pytest.fixture(autouse=True)
    def context(self, postgresql):
        with postgresql.app_context():
            yield

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("timezone", "UTC"),
            ("application_name", "rollbook"),
            ("statement_timeout", "1500ms"),
            ("lock_timeout", "1500ms"),
        ],
    )
    def test_both_engines_have_the_same_settings(self, setting, value):
        for engine in (db.engine, engine_for_reads()):
            assert ask(engine, f"SHOW {setting}") == value

    def test_a_statement_ends_at_the_timeout(self, build):
        short_timeout = build(DATABASE_TIMEOUT_MS=50)

        with (
            short_timeout.app_context(),
            pytest.raises(OperationalError, match="statement timeout"),
        ):
            ask(engine_for_reads(), "SELECT pg_sleep(10)")

    def test_every_read_is_a_transaction_of_its_own(self):
        with engine_for_reads().connect() as connection:
            times = {connection.scalar(text("SELECT now()")) for _ in range(2)}

        assert len(times) == 2

    def test_a_write_gets_a_new_connection_if_the_old_one_is_dead(self):
        pid = "SELECT pg_backend_pid()"
        ask(engine_for_reads(), f"SELECT pg_terminate_backend({ask(db.engine, pid)}, 5000)")

        assert ask(db.engine, "SELECT 1") == 1


def test_a_database_in_memory_has_no_read_engine(in_memory):
    assert engine_for_reads() is None
    engines.dispose(db.engine)


def test_an_engine_that_is_not_configured_has_no_read_engine():
    assert engines.find_read_engine(create_engine("sqlite://")) is None


def test_dispose_closes_the_connections_of_both_engines(either):
    both = [db.engine, engine_for_reads()]
    for engine in both:
        ask(engine, "SELECT 1")
    assert all(engine.pool.checkedin() for engine in both)

    engines.dispose(db.engine)

    assert [engine.pool.checkedin() for engine in both] == [0, 0]
