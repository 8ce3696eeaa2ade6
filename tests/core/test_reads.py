"""Compiled queries: what they return, and what happens when connections fail."""

from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Integer,
    String,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    text,
    type_coerce,
)

from api.core.database import UTC_DATETIME, db, engine_for_reads
from api.core.errors import DatabaseUnavailable
from api.core.reads import MAX_KEPT_CURSORS, Query
from api.users.models import User

TIMESTAMP = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)


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
    """End every other connection to this database."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    kill = text(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")
    with db.engine.connect() as connection:
        assert connection.execute(kill).all()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Uuid(), UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")),
        (UTC_DATETIME, TIMESTAMP),
        (String(), "ädä'; --%s:x?"),
        (Integer(), -7),
        (Boolean(), True),
        (JSON(), {"a": [1, None]}),
        (String(), None),
        (UTC_DATETIME, None),
    ],
    ids=str,
)
def test_a_value_is_returned_unchanged(either, kind, value):
    same = Query(select(bindparam("value", type_=kind)), lambda value: value)

    assert same.first(value=value) == value


def test_a_timestamp_is_returned_in_UTC(either):
    same = Query(select(bindparam("value", type_=UTC_DATETIME)), lambda value: value)
    elsewhere = TIMESTAMP.astimezone(timezone(timedelta(hours=5, minutes=30)))

    found = same.first(value=elsewhere)

    assert (found, found.utcoffset()) == (TIMESTAMP, timedelta(0))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_a_timestamp_is_read_in_UTC_whatever_the_zone_of_the_connection(postgresql, zone):
    statement = select(func.timezone(zone, literal_column("'2026-11-23 09:30'::timestamp")))
    with postgresql.app_context(), engine_for_reads().connect() as connection:
        connection.execute(text(f"SET TIME ZONE '{zone}'"))
        selected = select(type_coerce(statement.scalar_subquery(), UTC_DATETIME))
        value = connection.scalar(selected)
        connection.execute(text("SET TIME ZONE 'UTC'"))

    assert value.utcoffset() == timedelta(0)
    assert value.tzinfo is UTC


def test_values_are_matched_by_name_and_columns_by_position(either):
    b, a, c = (bindparam(name, type_=String) for name in "bac")
    apart = Query(select(b, a).where(c == a), lambda *columns: columns)

    assert apart.first(a="first", b="second", c="first") == ("second", "first")
    assert apart.first(c="other", b="second", a="first") is None


def test_make_gets_the_row(app, user, context):
    ada = user("Ada")

    assert named.first(key="ada") == Named(ada.id, "Ada", ada.created_at)
    assert named.first(key="grace") is None


def test_the_arguments_are_not_changed(either):
    values = {"value": TIMESTAMP}

    Query(select(bindparam("value", type_=UTC_DATETIME)), str).first(**values)

    assert values == {"value": TIMESTAMP}


def test_the_connection_returns_to_the_pool(either):
    for number in range(3):
        assert one.first(number=number) == number

    assert engine_for_reads().pool.checkedout() == 0


def test_all_returns_every_row_in_order(app, user, context):
    names = Query(
        select(User.username).where(User.username_key > bindparam("after")).order_by(User.username),
        str,
    )
    for name in ("Grace", "Ada", "Hedy"):
        user(name)

    assert names.all(after="ada") == ["Grace", "Hedy"]
    assert names.all(after="z") == []


def test_a_connection_keeps_a_bounded_number_of_cursors(postgresql):
    with postgresql.app_context():
        for number in range(2 * MAX_KEPT_CURSORS):
            Query(select(literal_column(str(number))), int).first()

        with engine_for_reads().connect() as connection:
            kept = connection.connection.info["cursors"]
        assert 0 < len(kept) <= MAX_KEPT_CURSORS


def test_a_query_in_memory_sees_uncommitted_changes(in_memory):
    db.session.add(User(username="Ada", email="ada@example.org"))
    db.session.flush()

    assert named.first(key="ada").username == "Ada"


def test_a_select_is_repeated_on_a_new_connection(postgresql):
    with postgresql.app_context():
        one.first(number=1)
        kill_all_others()

        assert one.first(number=-2) == 2


def test_a_dead_connection_empties_the_pool(postgresql):
    with postgresql.app_context():
        engine = engine_for_reads()
        for connection in [engine.connect() for _ in range(3)]:
            connection.close()
        kill_all_others()

        assert [one.first(number=number) for number in range(4)] == [0, 1, 2, 3]
        assert engine.pool.checkedin() == 1


def test_a_select_is_repeated_only_once(postgresql):
    end_own_connection = Query(select(func.pg_terminate_backend(func.pg_backend_pid())), bool)

    with postgresql.app_context():
        with pytest.raises(DatabaseUnavailable):
            end_own_connection.first()
        assert one.first(number=3) == 3


def test_a_query_ends_at_the_timeout(postgresql, build):
    slow = Query(select(func.pg_sleep(bindparam("seconds", type_=Integer))), str)

    with build(DATABASE_TIMEOUT_MS=50).app_context():
        with pytest.raises(DatabaseUnavailable):
            slow.first(seconds=10)
        assert engine_for_reads().pool.checkedout() == 0


def test_an_exhausted_pool_is_an_unavailable_database(postgresql, build, monkeypatch):
    with build(DATABASE_POOL_SIZE=1).app_context():
        monkeypatch.setattr(engine_for_reads().pool, "_timeout", 0.05)
        with engine_for_reads().connect(), pytest.raises(DatabaseUnavailable):
            one.first(number=1)


def test_an_unreachable_database_is_unavailable(unreachable):
    with pytest.raises(DatabaseUnavailable) as api_error:
        one.first(number=1)

    assert api_error.value.headers["Retry-After"] == "1"


def test_a_wrong_statement_is_not_an_unavailable_database(postgresql):
    wrong = Query(select(func.no_such_function()), str)

    with postgresql.app_context():
        with pytest.raises(psycopg.ProgrammingError):
            wrong.first()
        assert engine_for_reads().pool.checkedout() == 0
