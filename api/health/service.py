"""Checks whether the database answers and has the schema of this version."""

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

CHECK_TIMEOUT_SECONDS = 1.5  # so that the response arrives within 2
MAX_TRIES = 2  # a dead connection in the pool does not mean that the database is down
REVISIONS = "alembic_version"


class Database(StrEnum):
    OK = "ok"
    UNAVAILABLE = "unavailable"


class Schema(StrEnum):
    """``unknown`` is a schema that cannot be read, or that a later version created."""

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


HEALTHY = Health()
UNAVAILABLE = Checks(Database.UNAVAILABLE, Schema.UNKNOWN)

_pending: WeakKeyDictionary[Engine, Future[Checks]] = WeakKeyDictionary()
_lock = Lock()


def check_liveness() -> Health:
    """Report that the process answers. It asks no database: a restart does not repair one."""
    return HEALTHY


def check_readiness() -> Health:
    """Check the database and its schema.

    Raises:
        NotReady: one of the checks fails.
    """
    checks = _run_checks_in_time()
    if checks != HEALTHY.checks:
        raise NotReady({"database": checks.database, "schema": checks.schema})
    return HEALTHY


def _run_checks_in_time() -> Checks:
    """Run the checks in a thread: no timeout of the driver covers a frozen database."""
    try:
        return _start_checks().result(CHECK_TIMEOUT_SECONDS)
    except TimeoutError:
        return UNAVAILABLE


def _start_checks() -> Future[Checks]:
    """Return the future result. Requests at the same time share it, and its thread."""
    with _lock:
        pending = _pending.get(db.engine)
        if pending is None or pending.done():
            pending = _pending[db.engine] = Future()
            in_this_context = copy_context().run  # which contains the current application
            Thread(target=in_this_context, args=(_set_result, pending), daemon=True).start()
        return pending


def _set_result(pending: Future[Checks]) -> None:
    try:
        pending.set_result(_run_checks())
    except BaseException as error:  # noqa: BLE001  result() raises it
        pending.set_exception(error)


def _run_checks() -> Checks:
    for _ in range(MAX_TRIES):
        try:
            with autocommit() as connection:
                return Checks(Database.OK, _check_schema(connection))
        except DatabaseUnavailable:
            continue
        except DBAPIError:  # the database answers, and rejects the query
            return Checks(Database.OK, Schema.UNKNOWN)
    return UNAVAILABLE


def _check_schema(connection: Connection) -> Schema:
    if not inspect(connection).has_table(REVISIONS):
        return Schema.BEHIND
    found = connection.scalar(text(f"SELECT version_num FROM {REVISIONS}"))  # noqa: S608  a constant
    newest = newest_revision()
    if found == newest:
        return Schema.OK
    return Schema.BEHIND if not found or found < newest else Schema.UNKNOWN
