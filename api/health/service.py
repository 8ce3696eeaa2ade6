"""Whether the database answers and has the schema that this code was written for."""

from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock, Thread
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from api.core.database import autocommit, db
from api.core.errors import DatabaseUnavailable
from api.health.errors import NotReady
from api.migrations import newest_revision

PATIENCE = 1.5  # seconds; whoever asks is answered within 2
TRIES = 2  # a connection that died in the pool says nothing of the database
REVISIONS = "alembic_version"


class Database(StrEnum):
    OK = "ok"
    UNAVAILABLE = "unavailable"


class Schema(StrEnum):
    """``unknown`` is a schema that could not be read, or that a later version has left."""

    BEHIND = "behind"
    OK = "ok"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Checks:
    database: Database
    schema: Schema


@dataclass(frozen=True, slots=True)
class Health:
    status: str = "ok"
    checks: Checks = Checks(Database.OK, Schema.OK)


WELL = Health()
UNANSWERED = Checks(Database.UNAVAILABLE, Schema.UNKNOWN)

_pending: WeakKeyDictionary[Engine, Future[Checks]] = WeakKeyDictionary()
_one_at_a_time = Lock()


def check_liveness() -> Health:
    """Say that the process answers; nothing else is asked, or a sick database would restart it."""
    return WELL


def ready() -> Health:
    """Say that the service can do its work.

    Raises:
        NotReady: one of the checks fails.
    """
    checks = _checked_in_time()
    if checks != WELL.checks:
        raise NotReady({"database": checks.database, "schema": checks.schema})
    return WELL


def _checked_in_time() -> Checks:
    """Ask in a thread: where a database is frozen or the network mute, no timeout is kept."""
    try:
        return _asked().result(PATIENCE)
    except TimeoutError:
        return UNANSWERED


def _asked() -> Future[Checks]:
    """Return the answer to come. Those who ask while it is awaited share it, and its thread."""
    with _one_at_a_time:
        pending = _pending.get(db.engine)
        if pending is None or pending.done():
            pending = _pending[db.engine] = Future()
            in_this_context = copy_context().run  # it knows the application
            Thread(target=in_this_context, args=(_answer, pending), daemon=True).start()
        return pending


def _answer(pending: Future[Checks]) -> None:
    try:
        pending.set_result(_checks())
    except BaseException as error:  # noqa: BLE001  it is raised where the answer is awaited
        pending.set_exception(error)


def _checks() -> Checks:
    for _ in range(TRIES):
        try:
            with autocommit() as connection:
                return Checks(Database.OK, _schema(connection))
        except DatabaseUnavailable:
            continue
        except DBAPIError:  # it answers, and does not let us read
            return Checks(Database.OK, Schema.UNKNOWN)
    return UNANSWERED


def _schema(connection: Connection) -> Schema:
    if not inspect(connection).has_table(REVISIONS):
        return Schema.BEHIND
    found = connection.scalar(text(f"SELECT version_num FROM {REVISIONS}"))  # noqa: S608  a constant
    newest = newest_revision()
    if found == newest:
        return Schema.OK
    return Schema.BEHIND if not found or found < newest else Schema.UNKNOWN
