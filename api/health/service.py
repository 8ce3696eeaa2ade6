"""Checks whether the database answers, has the schema of this version, and a key that signs."""

from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock, Thread
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.core.database import autocommit, db
from api.core.database_errors import (
    READ_ONLY_SQLSTATE,
    describe,
    get_sqlstate,
    is_unavailable,
)
from api.core.errors import DatabaseUnavailable
from api.core.outages import log_outage
from api.core.runtime import current_settings
from api.health.errors import NotReady
from api.health.schema_state import describe_revision, read_revision
from api.health.write_check import require_writes
from api.keys.ring import current_keys
from api.migrations import newest_revision

CHECK_TIMEOUT_SECONDS = 1.5  # so that the response arrives within 2
MAX_TRIES = 2  # the first connection from the pool may be dead although the database is not


class DatabaseStatus(StrEnum):
    """``read_only`` is a database that answers and takes no writes, such as a standby."""

    OK = "ok"
    READ_ONLY = "read_only"
    UNAVAILABLE = "unavailable"


class SchemaStatus(StrEnum):
    """``unknown`` is a schema that cannot be read, or that a later version created."""

    BEHIND = "behind"
    OK = "ok"
    UNKNOWN = "unknown"


class KeysStatus(StrEnum):
    """``locked`` is a signing key that is encrypted with another ENCRYPTION_KEY.

    ``unknown`` are keys that are not read, because another check fails.
    """

    LOCKED = "locked"
    OK = "ok"
    UNKNOWN = "unknown"


class BreachLookUp(StrEnum):
    """What happens to new passwords while PASSWORD_BREACH_URL does not answer."""

    FAILS_CLOSED = "fails_closed"
    FAILS_OPEN = "fails_open"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Checks:
    database: DatabaseStatus
    schema: SchemaStatus
    keys: KeysStatus = KeysStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class Health:
    status: str = "ok"
    checks: Checks = Checks(DatabaseStatus.OK, SchemaStatus.OK, KeysStatus.OK)
    breach_look_up: BreachLookUp = BreachLookUp.OFF


HEALTHY = Health()
UNAVAILABLE = Checks(DatabaseStatus.UNAVAILABLE, SchemaStatus.UNKNOWN)

_pending: WeakKeyDictionary[Engine, Future[Checks]] = WeakKeyDictionary()
_lock = Lock()


def check_liveness() -> Health:
    """Report that the process answers, without a query to the database."""
    return HEALTHY


def check_readiness() -> Health:
    """Check the database, whether it takes writes, its schema, and the signing key.

    Raises:
        NotReady: one of the checks fails. The log has the reason.
    """
    checks = _run_checks_in_time()
    if checks != HEALTHY.checks:
        raise NotReady({"database": checks.database, "schema": checks.schema, "keys": checks.keys})
    return Health(breach_look_up=_describe_breach_look_up())


def _describe_breach_look_up() -> BreachLookUp:
    settings = current_settings()
    if settings.password_breach_url is None:
        return BreachLookUp.OFF
    is_open = settings.password_breach_failure == "open"  # noqa: S105  no password
    return BreachLookUp.FAILS_OPEN if is_open else BreachLookUp.FAILS_CLOSED


def _run_checks_in_time() -> Checks:
    """Run the checks in a thread, because no timeout of the driver covers a frozen database."""
    try:
        return _start_checks().result(CHECK_TIMEOUT_SECONDS)
    except TimeoutError:
        _log_failure(UNAVAILABLE, f"no answer in {CHECK_TIMEOUT_SECONDS} seconds")
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
    for tries_left in reversed(range(MAX_TRIES)):
        try:
            return _check_once()
        except (DatabaseUnavailable, DBAPIError, PoolTimeout) as error:
            cause = error.__cause__ or error
            if tries_left and (isinstance(error, DatabaseUnavailable) or is_unavailable(error)):
                continue
            return _report_failure(cause)
    return UNAVAILABLE


def _check_once() -> Checks:
    with autocommit() as connection:
        schema = _check_schema(connection)
        if schema is SchemaStatus.OK:
            require_writes(connection)
    keys = _check_keys() if schema is SchemaStatus.OK else KeysStatus.UNKNOWN
    return Checks(DatabaseStatus.OK, schema, keys)


def _check_keys() -> KeysStatus:
    """Return what the process knows about its keys; it reads them at most every few seconds."""
    return KeysStatus.LOCKED if current_keys().is_locked() else KeysStatus.OK


def _report_failure(error: BaseException) -> Checks:
    checks = UNAVAILABLE
    if get_sqlstate(error) == READ_ONLY_SQLSTATE:
        checks = Checks(DatabaseStatus.READ_ONLY, SchemaStatus.OK)
    elif isinstance(error, DBAPIError) and not is_unavailable(error):  # it rejects the query
        checks = Checks(DatabaseStatus.OK, SchemaStatus.UNKNOWN)
    _log_failure(checks, describe(error))
    return checks


def _log_failure(checks: Checks, reason: str) -> None:
    log_outage("not_ready", reason=reason, database=checks.database, schema=checks.schema)


def _check_schema(connection: Connection) -> SchemaStatus:
    found, newest = read_revision(connection), newest_revision()
    if found == newest:
        return SchemaStatus.OK
    status = SchemaStatus.BEHIND if not found or found < newest else SchemaStatus.UNKNOWN
    _log_failure(Checks(DatabaseStatus.OK, status), describe_revision(found))
    return status
