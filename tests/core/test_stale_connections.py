"""Connections that are of no more use: they are replaced, and clients notice nothing (B-34)."""

import pytest
from sqlalchemy import Integer, bindparam, func, select, text

from api.core.database import autocommit, db, engine_for_reads, in_transaction
from api.core.errors import DatabaseUnavailable
from api.core.reads import Query

one = Query(select(func.abs(bindparam("number", type_=Integer))), int)


@pytest.fixture(autouse=True)
def context(build, postgresql):
    """The context of an app of its own, whose pools have one connection."""
    with build(DATABASE_POOL_SIZE=1).app_context():
        yield


def spoil(engine, *statements):
    """Execute statements on the pooled connection of an engine, behind the back of the driver."""
    connection = engine.raw_connection()
    cursor = connection.driver_connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    connection.driver_connection.commit()
    connection.close()


def write():
    db.session.execute(text("CREATE TEMPORARY TABLE written ON COMMIT DROP AS SELECT 1 AS one"))
    return db.session.scalar(select(func.abs(-7)))


READ_ONLY = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"


@pytest.mark.parametrize("loss", ["DEALLOCATE ALL", "DISCARD ALL"])
def test_B_34_a_read_is_repeated_when_its_prepared_statement_is_gone(loss):
    assert one.first(number=-7) == 7
    spoil(engine_for_reads(), loss)

    assert one.first(number=-8) == 8


def test_B_34_a_write_is_repeated_when_its_prepared_statement_is_gone():
    assert in_transaction(write) == 7
    spoil(db.engine, "DEALLOCATE ALL")

    assert in_transaction(write) == 7


def test_B_34_a_write_is_repeated_on_a_connection_that_takes_writes():
    spoil(db.engine, READ_ONLY)

    assert in_transaction(change) == 0


def test_B_34_a_failover_also_ends_the_connections_for_reads():
    before = get_backend()
    spoil(db.engine, READ_ONLY)

    in_transaction(change)

    assert get_backend() != before


def test_B_34_a_single_statement_fails_and_the_next_one_does_not():
    spoil(engine_for_reads(), READ_ONLY)

    with pytest.raises(DatabaseUnavailable), autocommit() as connection:
        connection.execute(CHANGE)

    with autocommit() as connection:
        assert connection.execute(CHANGE).rowcount == 0


CHANGE = text("DELETE FROM kept_answers WHERE false")


def change():
    return db.session.execute(CHANGE).rowcount


def get_backend():
    with autocommit() as connection:
        return connection.scalar(select(func.pg_backend_pid()))


@pytest.mark.parametrize("sqlstate", ["XX000", "XX001", "XX002", "72000", "53100", "58030"])
def test_B_34_an_internal_error_of_the_server_is_not_a_crash_of_the_service(sqlstate):
    raising = text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$")

    with pytest.raises(DatabaseUnavailable):
        in_transaction(lambda: db.session.execute(raising))
