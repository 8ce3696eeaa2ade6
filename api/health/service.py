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
MAX_TRIES = 2  # the first connection from the pool may be dead although the database is not
REVISION_TABLE = "alembic_version"


class DatabaseStatus(StrEnum):
    OK = "ok"
    UNAVAILABLE = "unavailable"


class SchemaStatus(StrEnum):
    """``unknown`` is a schema that cannot be read, or that a later version created."""

    BEHIND = "behind"
    OK = "ok"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Checks:
    database: DatabaseStatus
    schema: SchemaStatus


@dataclass(frozen=True, slots=True)
class Health:
    status: str = "ok"
    checks: Checks = Checks(DatabaseStatus.OK, SchemaStatus.OK)


HEALTHY = Health()
UNAVAILABLE = Checks(DatabaseStatus.UNAVAILABLE, SchemaStatus.UNKNOWN)

_pending: WeakKeyDictionary[Engine, Future[Checks]] = WeakKeyDictionary()
_lock = Lock()


def check_liveness() -> Health:
    """Report that the process answers, without a query to the database."""
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
    """Run the checks in a thread, because no timeout of the driver covers a frozen database."""
    try:
        return _start_checks().result(CHECK_TIMEOUT_SECONDS)
    except TimeoutError:
        return UNAVAILABLE


def _start_checks() -> Future[Checks]:
    """Return the future result. Simultaneous requests share it and its thread."""
    with _lock:
        pending = _pending.get(db.engine)
        if pending is None or pending.done():
            pending = _pending[db.engine] = Future()
            run_in_context = copy_context().run  # which contains the current application
            Thread(target=run_in_context, args=(_set_result, pending), daemon=True).start()
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
                return Checks(DatabaseStatus.OK, _check_schema(connection))
        except DatabaseUnavailable:
            continue
        except DBAPIError:  # the database answers, and rejects the query
            return Checks(DatabaseStatus.OK, SchemaStatus.UNKNOWN)
    return UNAVAILABLE


def _check_schema(connection: Connection) -> SchemaStatus:
    if not inspect(connection).has_table(REVISION_TABLE):
        return SchemaStatus.BEHIND
    found = connection.scalar(text(f"SELECT version_num FROM {REVISION_TABLE}"))  # noqa: S608  a constant
    newest = newest_revision()
    if found == newest:
        return SchemaStatus.OK
    return SchemaStatus.BEHIND if not found or found < newest else SchemaStatus.UNKNOWN
