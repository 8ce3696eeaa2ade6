"""Classify errors of the database: try again, discard the connection, or a defect of this code.

The codes are those of PostgreSQL ("PostgreSQL Error Codes"). SQLite has none.
"""

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

READ_ONLY_SQLSTATE = "25006"  # read_only_sql_transaction: a standby, often after a failover
# The connection is of no more use, and the statement was not executed.
STALE_SQLSTATES = {
    READ_ONLY_SQLSTATE,
    "0A000",  # feature_not_supported: the plan was made before a migration changed the result
    "26000",  # invalid_sql_statement_name: a prepared statement that the server does not have
    "42P05",  # duplicate_prepared_statement: one that another client of a pooler has made
}
RETRY_SQLSTATES = {"40001", "40P01"}  # serialization_failure, deadlock_detected
# undefined_table, undefined_column, insufficient_privilege: a migration or a grant is missing
UNMIGRATED_SQLSTATES = {"42P01", "42703", "42501"}
# invalid_catalog_name, idle_in_transaction_session_timeout, snapshot_too_old
OTHER_SQLSTATES = {"3D000", "25P03", "72000"}
INTERNAL_ERRORS = "XX"  # the class of internal_error, data_corrupted and index_corrupted
UNAVAILABLE_SQLSTATES = STALE_SQLSTATES | UNMIGRATED_SQLSTATES | OTHER_SQLSTATES
UNAVAILABLE_ERRORS = (OperationalError, InterfaceError, PoolTimeout)
MAX_REASON_LENGTH = 500


def is_unavailable(error: Exception) -> bool:
    """Return whether the database does not answer, takes no writes, or lacks tables or grants."""
    sqlstate = get_sqlstate(error) or ""
    if sqlstate in UNAVAILABLE_SQLSTATES or sqlstate.startswith(INTERNAL_ERRORS):
        return True
    return isinstance(error, UNAVAILABLE_ERRORS)


def is_stale(error: BaseException) -> bool:
    """Return whether a new connection may do what this one cannot."""
    return get_sqlstate(error) in STALE_SQLSTATES


def is_worth_a_retry(error: BaseException) -> bool:
    """Return whether the same transaction may succeed now; none of it was executed."""
    return get_sqlstate(error) in RETRY_SQLSTATES | STALE_SQLSTATES


def get_sqlstate(error: BaseException) -> str | None:
    state: str | None = getattr(get_driver_error(error), "sqlstate", None)
    return state


def get_driver_error(error: BaseException) -> BaseException:
    """Return the error of the driver, which SQLAlchemy wraps together with the statement."""
    original: BaseException | None = getattr(error, "orig", None)
    return original or error


def describe(error: BaseException) -> str:
    """Return the message of the server or of libpq in one line, without statement and values.

    What libpq adds on further lines are questions to the operator.
    """
    driver_error = get_driver_error(error)
    primary = getattr(getattr(driver_error, "diag", None), "message_primary", None)
    text = primary or (str(driver_error.args[0]) if driver_error.args else str(driver_error))
    first, *others = text.splitlines() or [""]
    attempts = [line for line in others if line.startswith("- ")]  # one for each host
    reason = " ".join(" ".join([first, *attempts]).split())
    return reason[:MAX_REASON_LENGTH] or type(driver_error).__name__
