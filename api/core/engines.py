"""The two engines of a database, with a timeout on every statement.

Writes use ordinary transactions. Reads use an engine in autocommit, which saves the two round trips
of BEGIN and ROLLBACK on every request. One engine that changes its isolation level for each request
serves 35 % fewer requests.
"""

from collections.abc import Mapping
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from psycopg.types.json import set_json_loads
from sqlalchemy import (
    Connection,
    Engine,
    ExceptionContext,
    NullPool,
    create_engine,
    event,
    make_url,
)

from api.core.database_errors import READ_ONLY_SQLSTATE, get_sqlstate, is_stale
from api.core.guarded_connections import ConnectionGuard, connect_without_guard

IN_MEMORY_URLS = {"sqlite://", "sqlite:///:memory:"}
Options = dict[str, Any]
WRITE_OPTIONS: Options = {"pool_pre_ping": True}  # a write cannot be repeated on a new connection
MIN_SQLITE_LOCK_TIMEOUT_MS = 5000
SERVER_TIMEOUT_MARGIN_SECONDS = 0.4  # in which the server reports its own timeout
DISCARD_INTERVAL_SECONDS = 1.0
CONNECT_TIMEOUT_SECONDS = 2  # the minimum of libpq
UTC_OPTION = "-c timezone=UTC"
LOCAL_TIMEOUTS = (
    "SELECT set_config('statement_timeout', '{0}', true), set_config('lock_timeout', '{0}', true)"
)

_readers: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def make_options(
    url: str, *, pool_size: int, timeout_ms: int, transaction_pooling: bool = False
) -> Options:
    """Return the options that both engines share.

    With ``transaction_pooling`` a pooler such as PgBouncer gives each transaction the connection
    that is free. Then no statement is prepared and no setting is made for a connection.
    """
    if url in IN_MEMORY_URLS:
        return {}
    if url.startswith("sqlite"):
        lock_timeout = max(timeout_ms, MIN_SQLITE_LOCK_TIMEOUT_MS) / 1000  # seconds
        return {"connect_args": {"timeout": lock_timeout}, "hide_parameters": True}
    arguments = {
        "tcp_user_timeout": timeout_ms,  # for a network that transports nothing
        "prepare_threshold": 0,  # every statement is prepared at its first use
        "options": f"{UTC_OPTION} -c statement_timeout={timeout_ms} -c lock_timeout={timeout_ms}",
    }
    return {
        "connect_args": _make_arguments(url, arguments, transaction_pooling=transaction_pooling),
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": timeout_ms / 1000,
        "pool_use_lifo": True,
        "hide_parameters": True,  # the text of an error is logged
    }


def _make_arguments(
    url: str, arguments: Mapping[str, Any], *, transaction_pooling: bool
) -> dict[str, Any]:
    """Add what every connection has. A parameter of the URL overrides ours; options are merged."""
    arguments = {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "client_encoding": "UTF8",  # a database or a role may have another default
        "application_name": "rollbook",
        **arguments,
    }
    given = make_url(url).query
    if transaction_pooling:
        arguments.update(prepare_threshold=None, options="")
    elif "options" in given:
        arguments["options"] += f" {given['options']}"
    return {
        name: value for name, value in arguments.items() if name == "options" or name not in given
    }


def create_unpooled_engine(
    url: str, *, transaction_pooling: bool, timeout_ms: int | None = None
) -> Engine:
    """Create an engine for a migration or a check, with the other settings of the service.

    Without ``timeout_ms`` statements take as long as they need.
    """
    if url.startswith("sqlite"):
        return create_engine(url, poolclass=NullPool, hide_parameters=True)
    own = {"options": UTC_OPTION, "prepare_threshold": None}
    arguments = _make_arguments(url, own, transaction_pooling=transaction_pooling)
    engine = create_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT" if timeout_ms else None,
        hide_parameters=True,
        connect_args=arguments,
    )
    guard = ConnectionGuard(timeout_ms / 1000) if timeout_ms else None
    event.listen(engine, "do_connect", guard.connect if guard else connect_without_guard)
    return engine


def configure(writes: Engine, shared: Options) -> None:
    """Create the engine for reads, and configure the connections of both engines."""
    if not shared:  # in memory: the only connection holds the database
        return
    autocommit: Options = {"isolation_level": "AUTOCOMMIT"}
    if writes.dialect.name == "postgresql":
        autocommit["pool_reset_on_return"] = None  # saves a ROLLBACK of nothing
    reads = _readers[writes] = create_engine(writes.url, **shared, **autocommit)
    if writes.dialect.name == "postgresql":
        _configure_postgresql(writes, reads, shared)
    else:
        event.listen(writes, "connect", _configure_sqlite)
        event.listen(reads, "connect", _configure_sqlite)
        event.listen(writes, "begin", _begin_immediate)


def _configure_postgresql(writes: Engine, reads: Engine, shared: Options) -> None:
    set_json_loads(orjson.loads)  # JSON is read on every request
    timeout_seconds = shared["pool_timeout"]
    guard = ConnectionGuard(timeout_seconds + SERVER_TIMEOUT_MARGIN_SECONDS)
    stale = StaleConnections(writes, reads)
    for engine in (writes, reads):
        event.listen(engine, "do_connect", guard.connect)
        event.listen(engine, "handle_error", stale.handle_error)
    if not shared["connect_args"]["options"]:
        set_timeouts = LOCAL_TIMEOUTS.format(round(timeout_seconds * 1000))
        event.listen(writes, "begin", lambda c: c.exec_driver_sql(set_timeouts))


class StaleConnections:
    """Throws away pooled connections that cannot do any more what a new one can.

    After a failover they lead to a server that takes no writes, and that may not have the newest
    rows either. After a migration they have plans for tables as they were.
    """

    def __init__(self, *engines: Engine) -> None:
        self.engines = engines
        self.next_discard = 0.0

    def handle_error(self, context: ExceptionContext) -> None:
        """Throw away the connection of this error; after a failover, all others as well."""
        if not is_stale(context.original_exception):
            return
        context.is_disconnect = True  # SQLAlchemy then discards all of this pool
        is_failover = get_sqlstate(context.original_exception) == READ_ONLY_SQLSTATE
        if is_failover and monotonic() >= self.next_discard:
            self.next_discard = monotonic() + DISCARD_INTERVAL_SECONDS
            for engine in self.engines:
                engine.dispose()


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
