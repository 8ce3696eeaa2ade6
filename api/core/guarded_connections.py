"""Connections to PostgreSQL on which nobody waits for ever.

The driver waits for as long as the other end keeps the connection open. A server that is frozen, or
a proxy whose server has gone, keeps it open and says nothing; no timeout of the server's own holds
then, and the system's (``tcp_user_timeout``) counts only what the other machine has not received.
"""

from time import monotonic
from typing import Any

import psycopg
from psycopg.errors import ConnectionTimeout, OperationalError
from psycopg.pq import TransactionStatus

PAUSE = 1.0  # seconds without trying a server that has fallen silent: nobody else need wait for it


class Line(psycopg.Connection[Any]):
    """A connection that ends when a statement is not answered in time."""

    lines: "Lines | None" = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if self.lines is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, timeout or self.lines.patience)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # nothing came back
                self.pgconn.finish()  # what may still come is an answer to nobody
                self.lines.avoid()
            raise


class Lines:
    """Opens connections to one server; ``patience`` is in seconds."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.avoided_until = 0.0

    def avoid(self) -> None:
        self.avoided_until = monotonic() + PAUSE

    def open(self, _dialect: object, _record: object, args: Any, options: Any) -> Line:
        """Open one more, as the event ``do_connect`` of an engine asks for it.

        Raises:
            OperationalError: the server does not answer, or did not a moment ago.
        """
        if monotonic() < self.avoided_until:
            raise OperationalError("the database has fallen silent")
        try:
            line = Line.connect(*args, **options)
        except ConnectionTimeout:
            self.avoid()
            raise
        line.lines = self
        return line
