"""Connections to PostgreSQL that end when the server does not answer in time.

The driver waits for as long as the other end keeps the connection open. A frozen server, or a proxy
whose server is gone, keeps it open and sends nothing. The timeouts of the server do not apply then,
and the system's (``tcp_user_timeout``) counts only data that the other machine has not received.
"""

from time import monotonic
from typing import Any

import psycopg
from psycopg.errors import ConnectionTimeout, OperationalError
from psycopg.pq import TransactionStatus

ENCODING = "UTF8"
OTHER_ENCODING = "the database has the encoding"
SILENCE_PAUSE_SECONDS = 1.0  # without a new attempt, so that one request waits and not all of them


class GuardedConnection(psycopg.Connection[Any]):
    """A connection that ends when a statement is not answered in time."""

    guard: "ConnectionGuard | None" = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if self.guard is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, timeout or self.guard.timeout_seconds)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # no answer arrived
                self.pgconn.finish()  # a late answer must not reach the next statement
                self.guard.pause()
            raise


def open_connection(*args: Any, **options: Any) -> GuardedConnection:
    """Open a connection to a database in UTF-8; another encoding cannot store every name.

    Raises:
        OperationalError: there is no such database, or it has another encoding.
    """
    connection = GuardedConnection.connect(*args, **options)
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in {ENCODING, None}:
        connection.close()
        raise OperationalError(
            f"{OTHER_ENCODING} {encoding} and not {ENCODING}: "
            f"create one with ENCODING '{ENCODING}' TEMPLATE template0"
        )
    return connection


def connect_without_guard(
    _dialect: object, _record: object, args: Any, options: Any
) -> GuardedConnection:
    """Open a connection without a timeout; handles the event ``do_connect`` of an engine."""
    return open_connection(*args, **options)


class ConnectionGuard:
    """Opens connections to one server, and avoids the server for a moment when it is silent."""

    def __init__(self, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        self.paused_until = 0.0

    def pause(self) -> None:
        self.paused_until = monotonic() + SILENCE_PAUSE_SECONDS

    def connect(
        self, _dialect: object, _record: object, args: Any, options: Any
    ) -> GuardedConnection:
        """Open a connection; handles the event ``do_connect`` of an engine.

        Raises:
            OperationalError: the server does not answer, or did not a moment ago.
        """
        if monotonic() < self.paused_until:
            raise OperationalError("the database did not answer a moment ago")
        try:
            connection = open_connection(*args, **options)
        except ConnectionTimeout:
            self.pause()
            raise
        connection.guard = self
        return connection
