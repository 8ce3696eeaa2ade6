"""Describes why the database failed, and the way out."""

import re
import sqlite3

from api.core.database_errors import describe, get_driver_error, get_sqlstate
from api.core.guarded_connections import OTHER_ENCODING
from api.doctor.problems import Problem

SUBJECT = "DATABASE_URL"
INSUFFICIENT_PRIVILEGE_SQLSTATE = "42501"
GRANTS_REMEDY = "grant what `rollbook grants ROLE` prints"
# For these the message of the server is replaced: it does not say what the role may not do.
MISSING_AT_MIGRATION = (
    (
        r"permission denied for schema (\S+)",
        r"may not create tables in the schema \1",
        r"make the role the owner of the database, or GRANT CREATE ON SCHEMA \1",
    ),
    (
        r'permission denied to create extension "(\S+)"',
        r"may not create the extension \1",
        r"let a superuser run CREATE EXTENSION \1 once in this database",
    ),
    (
        r'extension "(\S+)" is not available',
        r"the extension \1 is not installed on the server",
        r"install the contrib modules of PostgreSQL there, with which it comes",
    ),
)
# By a part of what libpq or a server says.
REMEDIES = (
    (
        r"password authentication|SCRAM|role .* does not exist|no password",
        "check user and password",
    ),
    (r"database .* does not exist", "create it, or correct its name"),
    (r"resolve|translate host name|Name or service", "check the host name"),
    (r"pg_hba\.conf", "allow it in pg_hba.conf; sslmode=require helps if it asks for encryption"),
    (r"does not support SSL", "remove sslmode, or turn on TLS in the server"),
    (r"certificate|SSL error", "check sslmode and sslrootcert, and the certificate of the server"),
    (r"unsupported startup parameter", "set DATABASE_TRANSACTION_POOLING=true for PgBouncer"),
    (r"too many connections|remaining connection slots", "raise max_connections, or lower WORKERS"),
    (r"not a database|malformed", "restore the file from a backup, or name another one"),
    (r"unable to open", "check the path of the file and its mode"),
    (r"is locked", "another process writes; try again"),
    (r"encoding", "Rollbook stores names in every script"),
    (r"starting up|shutting down|recovery", "wait until it is ready"),
    (r"session is (read-only|not read-only)", "check target_session_attrs and which server is up"),
    (r"must be owner", "run it as the role that owns the tables"),
    (r"permission denied for database", GRANTS_REMEDY),
    (r"no such (table|column)|does not exist", "restore the database from a backup"),
    (r"lock timeout", "another transaction holds a lock; try again"),
    (r"wait timeout|statement timeout", "try again; see whether the server is overloaded"),
)
SERVER_REMEDY = "the log of the database server may say more"
FILE_REMEDY = "check the file and its disk"
OTHER_REMEDY = "check host and port, and whether the database server runs"


def describe_failure(error: BaseException) -> Problem:
    """Return the problem for an error of the database, with the message of the server or libpq."""
    reason = describe(error)
    for pattern, missing, remedy in MISSING_AT_MIGRATION:
        if found := re.search(pattern, reason):
            return Problem(SUBJECT, found.expand(missing), found.expand(remedy))
    is_wrong_encoding = reason.startswith(OTHER_ENCODING)
    return Problem(SUBJECT, reason, _find_remedy(error, reason), prevents_start=is_wrong_encoding)


def _find_remedy(error: BaseException, reason: str) -> str:
    matching = (remedy for pattern, remedy in REMEDIES if re.search(pattern, reason))
    return next(matching, "") or _find_general_remedy(error)


def _find_general_remedy(error: BaseException) -> str:
    """Return what to do by where the error comes from; only a server sends an SQLSTATE."""
    sqlstate = get_sqlstate(error)
    if sqlstate == INSUFFICIENT_PRIVILEGE_SQLSTATE:
        return GRANTS_REMEDY
    if sqlstate:
        return SERVER_REMEDY
    return FILE_REMEDY if isinstance(get_driver_error(error), sqlite3.Error) else OTHER_REMEDY
