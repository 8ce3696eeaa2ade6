"""One query, without a session: what it returns, and what becomes of it when connections die."""

from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import JSON, Boolean, Integer, String, Uuid, bindparam, func, select, text

from api.core.database import UtcDateTime, db, engine_for_reads
from api.core.errors import DatabaseUnavailable
from api.core.reads import Query
from api.users.models import User

MOMENT = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)


class Named(NamedTuple):
    id: UUID
    username: str
    created_at: datetime


named = Query(
    select(User.id, User.username, User.created_at).where(User.username_key == bindparam("key")),
    Named,
)
one = Query(select(func.abs(bindparam("number", type_=Integer))), int)


def kill_all_others():
    """End every connection to this database but the one that says so."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    kill = text(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")
    with db.engine.connect() as connection:
        assert connection.execute(kill).all()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Uuid(), UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")),
        (UtcDateTime(), MOMENT),
        (String(), "ädä'; --%s:x?"),
        (Integer(), -7),
        (Boolean(), True),
        (JSON(), {"a": [1, None]}),
        (String(), None),
        (UtcDateTime(), None),
    ],
    ids=str,
)
def test_what_goes_in_comes_out_as_it_was(either, kind, value):
    same = Query(select(bindparam("value", type_=kind)), lambda value: value)

    assert same.first(value=value) == value


def test_a_moment_comes_out_in_UTC(either):
    same = Query(select(bindparam("value", type_=UtcDateTime())), lambda value: value)
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))

    found = same.first(value=elsewhere)

    assert (found, found.utcoffset()) == (MOMENT, timedelta(0))


def test_values_are_taken_by_name_and_columns_given_in_order(either):
    b, a, c = (bindparam(name, type_=String) for name in "bac")
    apart = Query(select(b, a).where(c == a), lambda *columns: columns)

    assert apart.first(a="first", b="second", c="first") == ("second", "first")
    assert apart.first(c="other", b="second", a="first") is None


def test_a_record_is_made_of_the_row(app, user, context):
    ada = user("Ada")

    assert named.first(key="ada") == Named(ada.id, "Ada", ada.created_at)
    assert named.first(key="grace") is None


def test_what_is_given_is_left_as_it_was(either):
    values = {"value": MOMENT}

    Query(select(bindparam("value", type_=UtcDateTime())), str).first(**values)

    assert values == {"value": MOMENT}


def test_no_connection_is_kept(either):
    for number in range(3):
        assert one.first(number=number) == number

    assert engine_for_reads().pool.checkedout() == 0


def test_in_memory_it_sees_what_the_session_has_not_committed(in_memory):
    db.session.add(User(username="Ada", email="ada@example.org"))
    db.session.flush()

    assert named.first(key="ada").username == "Ada"


def test_a_connection_that_died_is_no_news(postgresql):
    with postgresql.app_context():
        one.first(number=1)
        kill_all_others()

        assert one.first(number=-2) == 2


def test_all_of_the_pool_died_of_the_same(postgresql):
    with postgresql.app_context():
        engine = engine_for_reads()
        for connection in [engine.connect() for _ in range(3)]:
            connection.close()
        kill_all_others()

        assert [one.first(number=number) for number in range(4)] == [0, 1, 2, 3]
        assert engine.pool.checkedin() == 1


def test_a_query_that_ends_every_connection_is_tried_twice_and_given_up(postgresql):
    suicide = Query(select(func.pg_terminate_backend(func.pg_backend_pid())), bool)

    with postgresql.app_context():
        with pytest.raises(DatabaseUnavailable):
            suicide.first()
        assert one.first(number=3) == 3


def test_a_query_that_takes_too_long_is_given_up(postgresql, build):
    slow = Query(select(func.pg_sleep(bindparam("seconds", type_=Integer))), str)

    with build(DATABASE_TIMEOUT_MS=50).app_context():
        with pytest.raises(DatabaseUnavailable):
            slow.first(seconds=10)
        assert engine_for_reads().pool.checkedout() == 0


def test_a_pool_that_is_used_up_is_told_in_time(postgresql, build, monkeypatch):
    with build(DATABASE_POOL_SIZE=1).app_context():
        monkeypatch.setattr(engine_for_reads().pool, "_timeout", 0.05)
        with engine_for_reads().connect(), pytest.raises(DatabaseUnavailable):
            one.first(number=1)


def test_a_database_that_is_away_is_told(away):
    with pytest.raises(DatabaseUnavailable) as api_error:
        one.first(number=1)

    assert api_error.value.headers["Retry-After"] == "1"


def test_a_mistake_of_ours_is_not_taken_for_an_absence(postgresql):
    wrong = Query(select(func.no_such_function()), str)

    with postgresql.app_context():
        with pytest.raises(psycopg.ProgrammingError):
            wrong.first()
        assert engine_for_reads().pool.checkedout() == 0
