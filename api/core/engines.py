"""How a database is reached: two engines, with limits on how long anything may take.

Writes go through ordinary transactions. Reads go through an engine in autocommit, which saves the
two round trips of BEGIN and ROLLBACK on every request; to switch one engine back and forth would
cost 35 % of the rate.
"""

from typing import Any
from weakref import WeakKeyDictionary

import orjson
from psycopg.types.json import set_json_loads
from sqlalchemy import Connection, Engine, create_engine, event

from api.core.guarded_connections import Lines

IN_MEMORY = {"sqlite://", "sqlite:///:memory:"}
Options = dict[str, Any]
CHECKED: Options = {"pool_pre_ping": True}  # of writes, which cannot simply be tried again

FURTHER_PATIENCE = 0.4  # seconds, in which the server tells of its own timeouts

_readers: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def options(url: str, *, pool_size: int, timeout: int) -> Options:
    """Return the options that both engines share; ``timeout`` (ms) bounds every statement."""
    if url in IN_MEMORY:
        return {}
    if url.startswith("sqlite"):
        patience = max(timeout, 5000) / 1000  # of a writer in line, seconds
        return {"connect_args": {"timeout": patience}, "hide_parameters": True}
    arguments = {
        "connect_timeout": 2,  # seconds, the least that libpq knows
        "tcp_user_timeout": timeout,  # for a network that has fallen silent
        "prepare_threshold": 0,  # every statement is prepared at its first use
        "options": f"-c timezone=UTC -c statement_timeout={timeout} -c lock_timeout={timeout}",
        "application_name": "rollbook",
    }
    return {
        "connect_args": arguments,
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": timeout / 1000,
        "pool_use_lifo": True,
        "hide_parameters": True,  # an error's text goes to the log
    }


def prepare(writes: Engine, shared: Options) -> None:
    """Open the engine for reads beside the one for writes, and teach SQLite its manners."""
    if not shared:  # in memory, where one connection is the whole database
        return
    autocommit: Options = {"isolation_level": "AUTOCOMMIT"}
    if writes.dialect.name == "postgresql":
        autocommit["pool_reset_on_return"] = None  # another round trip, with nothing to undo
    reads = _readers[writes] = create_engine(writes.url, **shared, **autocommit)
    if writes.dialect.name == "postgresql":
        set_json_loads(orjson.loads)  # documents are read on every request
        lines = Lines(shared["connect_args"]["tcp_user_timeout"] / 1000 + FURTHER_PATIENCE)
        event.listen(writes, "do_connect", lines.open)
        event.listen(reads, "do_connect", lines.open)
    else:
        event.listen(writes, "connect", _open_sqlite)
        event.listen(reads, "connect", _open_sqlite)
        event.listen(writes, "begin", _wait_in_line)


def reader_beside(writes: Engine) -> Engine | None:
    """Return the engine for reads, or None where one connection must serve everything."""
    return _readers.get(writes)


def dispose(writes: Engine) -> None:
    """Close the connections of both engines that are not in use."""
    writes.dispose()
    if reads := _readers.get(writes):
        reads.dispose()


def _open_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own idea of a transaction begins too late
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _wait_in_line(connection: Connection) -> None:
    """Take the lock at once: two that read and then write would wait for each other for ever."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
