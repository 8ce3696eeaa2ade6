"""Checks whether a database takes writes, without writing."""

import sqlite3
from contextlib import closing

from sqlalchemy import Connection, Engine, delete, false
from sqlalchemy.exc import OperationalError

from api.idempotency.models import StoredResponse

PRIMARY_CODE_MASK = 0xFF  # of an extended result code (sqlite.org/rescode.html)
# It deletes nothing. A server that takes no writes, or not from this role, rejects it all the same.
HARMLESS_WRITE = delete(StoredResponse).where(false())


def require_writes(connection: Connection) -> None:
    """Do what a write does first.

    Raises:
        DBAPIError: the database takes no writes.
    """
    if connection.dialect.name == "sqlite":
        _require_writable_file(connection.engine)
    else:
        connection.execute(HARMLESS_WRITE)


def _require_writable_file(engine: Engine) -> None:
    """Begin a transaction that writes, without waiting for another writer, as an import is one."""
    [file], options = engine.dialect.create_connect_args(engine.url)
    if file == ":memory:":
        return
    is_uri = bool(options.get("uri"))
    with closing(sqlite3.connect(file, timeout=0, uri=is_uri)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY_CODE_MASK != sqlite3.SQLITE_BUSY:
                raise OperationalError("BEGIN IMMEDIATE", {}, error) from error
