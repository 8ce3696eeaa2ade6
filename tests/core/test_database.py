"""The one place that commits: what stands afterwards, what does not, what is tried again."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
from sqlalchemy import column, func, insert, null, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.core.database import (
    TRIES,
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
    """It has the code of what is not found, so that the catalogue holds nothing of this test."""


class Remembered(Declined):
    commits = True


def add(name, **profile):
    db.session.add(User(**{"username": name, "email": f"{name.lower()}@example.org", **profile}))


def add_and(error):
    with transaction():
        add("Ada")
        raise error


def standing():
    """Return the names that are committed, as another connection sees them."""
    with engine_for_reads().connect() as connection:
        return list(connection.scalars(select(User.username).order_by(User.username)))


def add_rivals(connection, number):
    for _ in range(number):
        connection.execute(insert_rival)


def increment_version(user_id):
    db.session.execute(update(User).where(User.id == user_id).values(display_name="touched"))


class Troubled:
    """Work that the database interrupts with these errors, one at each try, before it succeeds."""

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
class TestATransaction:
    def test_commits_what_was_done(self):
        with transaction():
            add("Ada")

        assert standing() == ["Ada"]

    @pytest.mark.parametrize("error", [Declined, LookupError, KeyboardInterrupt])
    def test_undoes_everything_when_it_fails(self, error):
        with pytest.raises(error):
            add_and(error)

        assert standing() == []

    def test_is_kept_by_a_refusal_that_has_to_leave_a_trace(self):
        with pytest.raises(Remembered):
            add_and(Remembered)

        assert standing() == ["Ada"]

    def test_leaves_nothing_to_the_next_one(self):
        with pytest.raises(LookupError):
            add_and(LookupError)
        with transaction():
            add("Grace")

        assert standing() == ["Grace"]


@pytest.mark.usefixtures("either")
class TestWorkInATransaction:
    def test_returns_what_came_of_it(self):
        assert in_transaction(Troubled()) == "done"
        assert standing() == ["Ada"]

    @pytest.mark.parametrize("sqlstate", [SERIALISATION_FAILURE, DEADLOCK])
    def test_is_done_again_from_the_start_where_it_gave_way(self, sqlstate):
        work = Troubled(failure(sqlstate), failure(sqlstate))

        assert in_transaction(work) == "done"
        assert work.tries == 3
        assert standing() == ["Ada"]

    def test_is_given_up_after_three_tries(self):
        work = Troubled(*[failure(DEADLOCK)] * TRIES)

        with pytest.raises(DatabaseUnavailable):
            in_transaction(work)
        assert work.tries == TRIES == 3
        assert standing() == []

    @pytest.mark.parametrize(
        "error", [failure(LOCK_NOT_AVAILABLE), failure(), PoolTimeout()], ids=repr
    )
    def test_is_given_up_at_once_where_the_database_does_not_answer(self, error):
        work = Troubled(error)

        with pytest.raises(DatabaseUnavailable) as api_error:
            in_transaction(work)
        assert work.tries == 1
        assert api_error.value.__cause__ is error

    @pytest.mark.parametrize("error", [Declined, LookupError, IntegrityError("", {}, Exception())])
    def test_is_not_done_again_for_any_other_reason(self, error):
        work = Troubled(error)

        with pytest.raises(error if isinstance(error, type) else type(error)):
            in_transaction(work)
        assert work.tries == 1


class TestConflicts:
    """As PostgreSQL makes them, between two who write at once."""

    @pytest.fixture(autouse=True)
    def context(self, postgresql):
        with postgresql.app_context():
            yield

    def test_two_who_lock_each_other_out_both_come_through(self, build, user):
        patient = build(DATABASE_TIMEOUT_MS=30_000)  # with a machine that has much to do
        people, together, tries = [user("Ada").id, user("Grace").id], Barrier(2), []

        def rename(order):
            tries.append(order)
            increment_version(order[0])
            if len(tries) <= 2:
                together.wait(30)
            increment_version(order[1])

        def work(order):
            with patient.app_context():
                in_transaction(lambda: rename(order))

        with ThreadPoolExecutor() as two:
            list(two.map(work, [people, people[::-1]]))

        assert len(tries) > 2  # on a machine with much to do, the one that gave way may do so again

    def test_a_conflict_that_shows_at_the_commit_is_tried_again(self):
        tries = []

        def admit_the_first():
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

        in_transaction(admit_the_first)

        assert len(tries) == 2
        assert standing() == ["number1", "rival"]


@pytest.mark.usefixtures("either")
class TestFlushing:
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
    def test_names_what_is_taken_and_questions_can_be_asked_again(self, profile, constraint):
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
    def test_another_constraint_is_a_mistake_of_ours(self, profile):
        add("Grace", **profile)

        with pytest.raises(IntegrityError):
            flush(taken={"uq_users_username_key": Declined})

    def test_writes_what_is_free(self):
        add("Grace")

        flush(taken={})

        assert db.session.scalar(select(func.count(User.id))) == 2


class TestAutocommit:
    def test_stands_at_once_whatever_becomes_of_the_transaction(self, either):
        with pytest.raises(IntegrityError), autocommit() as connection:
            add_rivals(connection, 2)

        assert standing() == ["rival"]

    def test_in_memory_stands_at_once_too(self, in_memory):
        with autocommit() as connection:
            connection.execute(insert_rival)
        db.session.rollback()

        assert db.session.scalar(select(User.username)) == "rival"

    def test_tells_that_the_database_is_away(self, away):
        with pytest.raises(DatabaseUnavailable), autocommit():
            pytest.fail("there is nothing to connect to")


def test_a_transaction_tells_that_the_database_is_away(away):
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
