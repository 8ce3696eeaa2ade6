"""Describes why a command failed, in one line. It is imported when a command fails."""

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api import config
from api.config import ConfigError
from api.core.errors import ApiError, DatabaseUnavailable
from api.doctor.database import check_database, describe_failure

DATABASE_ERRORS = (DatabaseUnavailable, DBAPIError, PoolTimeout, sqlite3.Error)


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
    """Connect once more to find out the reason, such as a missing schema."""
    try:
        found = [each for each in check_database(config.load()) if not each.is_hint]
    except ConfigError:  # an application with settings of its own
        found = []
    if found:
        return str(found[0])
    if error.__cause__ is None and isinstance(error, DatabaseUnavailable):
        return error.detail
    return str(describe_failure(error.__cause__ or error))


def _describe_api_error(api_error: ApiError) -> str:
    problems = [str(error) for error in api_error.members.get("errors", [])]
    checks = api_error.members.get("checks", {})
    problems += [f"{name}: {outcome}" for name, outcome in checks.items()]
    return "; ".join(problems) or api_error.detail
