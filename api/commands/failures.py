"""Describes why a command failed, in one line. It is imported when a command fails."""

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api import config
from api.config import ConfigError
from api.core.database_errors import READ_ONLY_SQLSTATE, get_sqlstate
from api.core.errors import ApiError, DatabaseUnavailable
from api.doctor.database import check_database
from api.doctor.problems import Problem
from api.doctor.remedies import describe_failure

DATABASE_ERRORS = (DatabaseUnavailable, DBAPIError, PoolTimeout, sqlite3.Error)
# undefined_table, undefined_column: why the schema differs, or the server is read-only, is in the
# database. Every other error of the server says itself what is wrong.
CHECKED_SQLSTATES = {"42P01", "42703", READ_ONLY_SQLSTATE}


def describe(error: Exception) -> str:
    """Return what went wrong and what to do; nothing for an error that only a bug can cause."""
    if isinstance(error, DATABASE_ERRORS):
        return _describe_database_failure(error)
    if isinstance(error, ApiError):
        return _describe_api_error(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return ""


def _describe_database_failure(error: Exception) -> str:
    """Return what the server reports, or what a check of the database finds, such as no schema."""
    cause = error.__cause__ or error
    sqlstate = get_sqlstate(cause)
    is_clear = sqlstate is not None and sqlstate not in CHECKED_SQLSTATES
    found = None if is_clear else _find_problem()
    if found is None and isinstance(cause, DatabaseUnavailable):
        return cause.detail
    return str(found or describe_failure(cause))


def _find_problem() -> Problem | None:
    """Connect once more, and return the first problem."""
    try:
        problems = check_database(config.load())
        found = (each for each in problems if not (each.is_hint or each.event))
        return next(found, None)
    except ConfigError:  # an application with settings of its own
        return None


def _describe_api_error(api_error: ApiError) -> str:
    problems = [str(error) for error in api_error.members.get("errors", [])]
    checks = api_error.members.get("checks", {})
    problems += [f"{name}: {outcome}" for name, outcome in checks.items()]
    return "; ".join(problems) or api_error.detail
