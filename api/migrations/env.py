"""How Alembic reaches the database: through the application it is run in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine, NullPool, create_engine

from api import models
from api.core.database import Base, db

TABLES = models.__all__  # imported, so that the metadata knows them
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"  # a change that has to wait gives way to the service
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7655264326)"  # any number that nobody else takes


def _engine() -> Engine:
    """Return an engine on which a change may take its time, unlike on the service's own."""
    if db.engine.dialect.name == "sqlite":
        return db.engine
    return create_engine(db.engine.url, poolclass=NullPool)


def _take_turns(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(ONE_AT_A_TIME)
        connection.exec_driver_sql(LOCK_TIMEOUT)


@contextmanager
def _references_resting(connection: Connection) -> Iterator[None]:
    """Let SQLite rebuild a table without deleting the rows that refer to it.

    It knows few ways to alter a table, so Alembic copies and drops it; and nothing can be said of
    references within a transaction, so the driver is told.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        connection.rollback()  # what stands is committed; an open transaction would not listen
        driver.execute("PRAGMA foreign_keys = ON")


def run() -> None:
    with _engine().connect() as connection, _references_resting(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_server_default=True,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            _take_turns(connection)
            context.run_migrations()


if not current_app:
    raise RuntimeError("run migrations with `rollbook migrate`")
run()
