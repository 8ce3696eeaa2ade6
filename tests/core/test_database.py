"""Transactions: what is committed, what is rolled back, and what is repeated."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
from sqlalchemy import column, func, insert, null, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.core.database import (
    MAX_TRIES,
    autocommit,
    db,
    engine_for_reads,
    flush,
    in_transaction,
    transaction,
)
from api.core.errors import DatabaseUnavailable, NotFound
from api.core.reads import Query
from api.users.models import User

SERIALISATION_FAILURE, DEADLOCK, LOCK_NOT_AVAILABLE = "40001", "40P01", "55P03"
RIVAL = {
    "username": "rival",
    "username_key": "rival",
    "email": "rival@example.org",
    "email_key": "rival@example.org",
}
insert_rival = insert(User).values(RIVAL)


class Declined(NotFound):
    """It shares the code of NotFound, so that the catalogue of errors stays as it is."""


class Committed(Declined):
    commits = True


def add(name, **profile):
    db.session.add(User(**{"username": name, "email": f"{name.lower()}@example.org", **profile}))


def add_and(error):
    with transaction():
        add("Ada")
        raise error


def list_committed():
    """Return the committed usernames, as another connection reads them."""
    with engine_for_reads().connect() as connection:
        return list(connection.scalars(select(User.username).order_by(User.username)))


def add_rivals(connection, number):
    for _ in range(number):
        connection.execute(insert_rival)


def increment_version(user_id):
    db.session.execute(update(User).where(User.id == user_id).values(display_name="touched"))


class FailingWork:
    """Work that fails with each of these errors once, and then succeeds."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.tries = 0

    def __call__(self):
        self.tries += 1
        add("Ada")
        db.session.flush()
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def failure(sqlstate=None):
    return OperationalError("UPDATE", {}, SimpleNamespace(sqlstate=sqlstate))


@pytest.mark.usefixtures("either")
class TestTransaction:
    def test_commits_changes(self):
        with transaction():
            add("Ada")

        assert list_committed() == ["Ada"]

    @pytest.mark.parametrize("error", [Declined, LookupError, KeyboardInterrupt])
    def test_rolls_back_after_an_error(self, error):
        with pytest.raises(error):
            add_and(error)

        assert list_committed() == []

    def test_commits_after_an_error_with_commits(self):
        with pytest.raises(Committed):
            add_and(Committed)

        assert list_committed() == ["Ada"]

    def test_leaves_no_changes_to_the_next_transaction(self):
        with pytest.raises(LookupError):
            add_and(LookupError)
        with transaction():
            add("Grace")

        assert list_committed() == ["Grace"]


@pytest.mark.usefixtures("either")
class TestInTransaction:
    def test_returns_the_result(self):
        assert in_transaction(FailingWork()) == "done"
        assert list_committed() == ["Ada"]

    @pytest.mark.parametrize("sqlstate", [SERIALISATION_FAILURE, DEADLOCK])
    def test_repeats_the_work_after_a_conflict(self, sqlstate):
        work = FailingWork(failure(sqlstate), failure(sqlstate))

        assert in_transaction(work) == "done"
        assert work.tries == 3
        assert list_committed() == ["Ada"]

    def test_fails_after_three_tries(self):
        work = FailingWork(*[failure(DEADLOCK)] * MAX_TRIES)

        with pytest.raises(DatabaseUnavailable):
            in_transaction(work)
        assert work.tries == MAX_TRIES == 3
        assert list_committed() == []

    @pytest.mark.parametrize(
        "error", [failure(LOCK_NOT_AVAILABLE), failure(), PoolTimeout()], ids=repr
    )
    def test_fails_at_once_if_the_database_does_not_answer(self, error):
        work = FailingWork(error)

        with pytest.raises(DatabaseUnavailable) as api_error:
            in_transaction(work)
        assert work.tries == 1
        assert api_error.value.__cause__ is error

    @pytest.mark.parametrize("error", [Declined, LookupError, IntegrityError("", {}, Exception())])
    def test_does_not_repeat_the_work_after_another_error(self, error):
        work = FailingWork(error)

        with pytest.raises(error if isinstance(error, type) else type(error)):
            in_transaction(work)
        assert work.tries == 1


class TestConflicts:
    """Conflicts between two transactions of PostgreSQL."""

    @pytest.fixture(autouse=True)
    def context(self, postgresql):
        with postgresql.app_context():
            yield

    def test_both_transactions_of_a_deadlock_commit(self, build, user):
        long_timeout = build(DATABASE_TIMEOUT_MS=30_000)  # for a busy machine
        people, together, tries = [user("Ada").id, user("Grace").id], Barrier(2), []

        def rename(order):
            tries.append(order)
            increment_version(order[0])
            if len(tries) <= 2:
                together.wait(30)
            increment_version(order[1])

        def work(order):
            with long_timeout.app_context():
                in_transaction(lambda: rename(order))

        with ThreadPoolExecutor() as two:
            list(two.map(work, [people, people[::-1]]))

        assert len(tries) > 2  # on a busy machine, one may fail more than once

    def test_a_conflict_at_the_commit_is_repeated(self):
        tries = []

        def add_number():
            tries.append(db.session.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")))
            count = db.session.scalar(select(func.count(User.id)))
            if len(tries) == 1:
                rival()
            add(f"number{count}")

        def rival():
            serializable = db.engine.execution_options(isolation_level="SERIALIZABLE")
            with serializable.begin() as connection:
                connection.scalar(select(func.count(User.id)))
                connection.execute(insert_rival)

        in_transaction(add_number)

        assert len(tries) == 2
        assert list_committed() == ["number1", "rival"]


@pytest.mark.usefixtures("either")
class TestFlush:
    @pytest.fixture(autouse=True)
    def ada(self, either):
        with transaction():
            add("Ada")

    @pytest.mark.parametrize(
        ("profile", "constraint"),
        [
            ({"username": "ADA"}, "uq_users_username_key"),
            ({"email": "ADA@example.org"}, "uq_users_email_key"),
        ],
    )
    def test_raises_the_error_of_the_constraint_and_the_session_stays_usable(
        self, profile, constraint
    ):
        add("Grace", **profile)

        with pytest.raises(Declined) as api_error:
            flush(taken={"uq_users": NotFound, constraint: Declined})

        assert isinstance(api_error.value.__cause__, IntegrityError)
        assert db.session.scalars(select(User.username)).all() == ["Ada"]

    @pytest.mark.parametrize(
        "profile",
        [{"email": "ada@example.org"}, {"status": "queen"}, {"status": null()}],
        ids=["taken", "unknown", "missing"],
    )
    def test_another_constraint_is_not_translated(self, profile):
        add("Grace", **profile)

        with pytest.raises(IntegrityError):
            flush(taken={"uq_users_username_key": Declined})

    def test_writes_pending_changes(self):
        add("Grace")

        flush(taken={})

        assert db.session.scalar(select(func.count(User.id))) == 2


class TestAutocommit:
    def test_commits_each_statement_at_once(self, either):
        with pytest.raises(IntegrityError), autocommit() as connection:
            add_rivals(connection, 2)

        assert list_committed() == ["rival"]

    def test_commits_in_memory_at_once_too(self, in_memory):
        with autocommit() as connection:
            connection.execute(insert_rival)
        db.session.rollback()

        assert db.session.scalar(select(User.username)) == "rival"

    def test_an_unreachable_database_is_unavailable(self, unreachable):
        with pytest.raises(DatabaseUnavailable), autocommit():
            pytest.fail("there is nothing to connect to")


def test_a_transaction_on_an_unreachable_database_is_unavailable(unreachable):
    with pytest.raises(DatabaseUnavailable):
        in_transaction(lambda: add("Ada"))


def test_a_database_without_its_tables_is_unavailable(app):
    absent = Query(text("SELECT id FROM absent").columns(column("id")), tuple)

    def ask():
        db.session.execute(text("SELECT id FROM absent"))

    with app.app_context():
        with pytest.raises(DatabaseUnavailable):
            in_transaction(ask)
        with pytest.raises(DatabaseUnavailable), autocommit() as connection:
            connection.execute(text("SELECT id FROM absent"))
        with pytest.raises(DatabaseUnavailable):
            absent.first()
