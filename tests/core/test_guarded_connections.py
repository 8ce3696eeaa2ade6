"""Connections to a database that stops answering."""

from time import monotonic

import pytest
from psycopg.errors import ConnectionTimeout, OperationalError
from sqlalchemy import Integer, bindparam, func, make_url, select

from api.core import guarded_connections
from api.core.database import db, in_transaction
from api.core.errors import DatabaseUnavailable
from api.core.guarded_connections import (
    SILENCE_PAUSE_SECONDS,
    ConnectionGuard,
    GuardedConnection,
    open_connection,
)
from api.core.reads import Query
from tests.hostile.cable import Cable

one = Query(select(func.abs(bindparam("number", type_=Integer))), int)


@pytest.fixture
def cable(postgresql, database_url):
    server = make_url(database_url)
    cable = Cable(server.host, server.port)
    yield cable
    cable.mend()
    cable.cut()


@pytest.fixture
def move_clock(monkeypatch):
    """Return a function that moves the clock of the guard forward."""
    moved = [0.0]
    monkeypatch.setattr(guarded_connections, "monotonic", lambda: monotonic() + moved[0])
    return lambda seconds: moved.append(moved.pop() + seconds)


@pytest.fixture
def through_cable(build, cable, database_url):
    """The context of an app that connects through the cable, with a short timeout."""
    url = make_url(database_url).set(host="127.0.0.1", port=cable.port)
    app = build(
        SQLALCHEMY_DATABASE_URI=url.render_as_string(hide_password=False), DATABASE_TIMEOUT_MS=150
    )
    with app.app_context():
        one.first(number=1)
        in_transaction(write)
        yield


def write():
    db.session.execute(select(1))


def measure_until_unavailable(act):
    begun = monotonic()
    with pytest.raises(DatabaseUnavailable):
        act()
    return monotonic() - begun


@pytest.mark.parametrize(
    "act", [lambda: one.first(number=1), lambda: in_transaction(write)], ids=["read", "write"]
)
def test_a_statement_without_an_answer_ends_with_a_timeout(through_cable, cable, move_clock, act):
    cable.mute()

    assert 0.1 < measure_until_unavailable(act) < 1.5


def test_the_next_statement_fails_at_once(through_cable, cable, move_clock):
    cable.mute()
    measure_until_unavailable(lambda: one.first(number=1))

    assert measure_until_unavailable(lambda: one.first(number=1)) < 0.1


def test_the_server_is_tried_again_after_a_pause(through_cable, cable, move_clock):
    cable.mute()
    measure_until_unavailable(lambda: one.first(number=1))
    cable.mend()

    move_clock(SILENCE_PAUSE_SECONDS)

    assert one.first(number=-7) == 7


def test_a_timeout_that_the_server_reports_causes_no_pause(through_cable, move_clock):
    slow = Query(select(func.pg_sleep(bindparam("seconds", type_=Integer))), str)

    measure_until_unavailable(lambda: slow.first(seconds=10))

    assert one.first(number=-7) == 7


def test_a_connection_without_a_guard_waits_as_the_driver_does(postgresql, database_url):
    address = make_url(database_url).set(drivername="postgresql")

    with GuardedConnection.connect(address.render_as_string(hide_password=False)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_B_41_a_database_in_another_encoding_is_rejected(databases, postgresql, encoding):
    address = make_url(databases.create(encoding)).set(drivername="postgresql")
    try:
        with pytest.raises(OperationalError, match=f"encoding {encoding} and not UTF8"):
            open_connection(address.render_as_string(hide_password=False))
    finally:
        databases.drop(str(address))


def test_a_server_that_does_not_accept_connections_is_avoided(cable, move_clock):
    cable.mute()
    guard = ConnectionGuard(timeout_seconds=1)
    server = {"host": "127.0.0.1", "port": cable.port, "connect_timeout": 2}

    with pytest.raises(ConnectionTimeout):
        guard.connect(None, None, (), server)
    with pytest.raises(OperationalError, match="did not answer"):
        guard.connect(None, None, (), server)
