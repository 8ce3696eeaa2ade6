"""A database that says nothing more holds up nobody for long."""

from time import monotonic

import pytest
from psycopg.errors import ConnectionTimeout, OperationalError
from sqlalchemy import Integer, bindparam, func, make_url, select

from api.core import guarded_connections
from api.core.database import db, in_transaction
from api.core.errors import DatabaseUnavailable
from api.core.guarded_connections import PAUSE, Line, Lines
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
def hands(monkeypatch):
    """Move the clock by which a silent server is avoided."""
    moved = [0.0]
    monkeypatch.setattr(guarded_connections, "monotonic", lambda: monotonic() + moved[0])
    return lambda seconds: moved.append(moved.pop() + seconds)


@pytest.fixture
def through(build, cable, database_url):
    """The context of an app that reaches its database through the cable, and soon gives up."""
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


def given_up(act):
    begun = monotonic()
    with pytest.raises(DatabaseUnavailable):
        act()
    return monotonic() - begun


@pytest.mark.parametrize(
    "act", [lambda: one.first(number=1), lambda: in_transaction(write)], ids=["read", "write"]
)
def test_a_statement_that_is_not_answered_is_given_up(through, cable, hands, act):
    cable.mute()

    assert 0.1 < given_up(act) < 1.5


def test_whoever_asks_next_is_told_at_once(through, cable, hands):
    cable.mute()
    given_up(lambda: one.first(number=1))

    assert given_up(lambda: one.first(number=1)) < 0.1


def test_after_a_pause_it_is_asked_again(through, cable, hands):
    cable.mute()
    given_up(lambda: one.first(number=1))
    cable.mend()

    hands(PAUSE)

    assert one.first(number=-7) == 7


def test_a_statement_that_the_server_ends_is_no_silence(through, hands):
    slow = Query(select(func.pg_sleep(bindparam("seconds", type_=Integer))), str)

    given_up(lambda: slow.first(seconds=10))

    assert one.first(number=-7) == 7


def test_a_connection_of_nobody_waits_as_the_driver_does(postgresql, database_url):
    address = make_url(database_url).set(drivername="postgresql")

    with Line.connect(address.render_as_string(hide_password=False)) as line:
        assert line.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_does_not_greet_is_avoided(cable, hands):
    cable.mute()
    opening = Lines(patience=1)
    server = {"host": "127.0.0.1", "port": cable.port, "connect_timeout": 2}

    with pytest.raises(ConnectionTimeout):
        opening.open(None, None, (), server)
    with pytest.raises(OperationalError, match="fallen silent"):
        opening.open(None, None, (), server)
