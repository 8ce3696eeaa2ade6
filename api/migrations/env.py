"""Run the migrations of Alembic on the database of the current application."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine

from api import models
from api.core.database import Base, db
from api.core.engines import create_unpooled_engine
from api.core.runtime import current_settings

TABLES = models.__all__  # importing them adds them to the metadata
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"  # then it fails, and the service goes on
LOCK_MIGRATIONS = "SELECT pg_advisory_xact_lock(7655264326)"  # any number that has no other use


def _engine() -> Engine:
    """Return an engine without the statement timeout of the service."""
    if db.engine.dialect.name == "sqlite":
        return db.engine
    settings = current_settings()
    return create_unpooled_engine(
        settings.database_url, transaction_pooling=settings.database_transaction_pooling
    )


def _wait_for_other_migrations(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(LOCK_MIGRATIONS)
        connection.exec_driver_sql(LOCK_TIMEOUT)


@contextmanager
def _disable_foreign_keys(connection: Connection) -> Iterator[None]:
    """Let SQLite rebuild a table without deleting the rows that refer to it.

    To alter a table, Alembic copies it and drops the old one. SQLite ignores this PRAGMA inside a
    transaction, so it is executed on the connection of the driver.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        connection.rollback()  # ends the transaction, in which the PRAGMA has no effect
        driver.execute("PRAGMA foreign_keys = ON")


def run() -> None:
    with _engine().connect() as connection, _disable_foreign_keys(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_server_default=True,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            _wait_for_other_migrations(connection)
            context.run_migrations()


if not current_app:
    raise RuntimeError("run migrations with `rollbook migrate`")
run()
