"""Connects to the database as the service does, and checks what it needs there."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, func, make_url, select, text
from sqlalchemy.exc import DBAPIError

from api.config import Settings
from api.core import clock
from api.core.database_errors import READ_ONLY_SQLSTATE, describe, get_sqlstate
from api.core.engines import IN_MEMORY_URLS, create_unpooled_engine
from api.core.guarded_connections import OTHER_ENCODING
from api.doctor.problems import Problem
from api.health.schema_state import describe_revision, read_revision
from api.health.write_check import require_writes

APPLICATION = "api.app"
SUBJECT = "DATABASE_URL"
MISSING_DIRECTORY = Problem(SUBJECT, "the directory of the file does not exist", "create it")
MAX_CLOCK_SKEW_SECONDS = 5.0
MIN_FREE_BYTES = 256 * 1024 * 1024
# By a part of what libpq or a server says when a connection fails.
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
)
# Some accounts are enough. So the query is fast in every table: the external source has an index.
FIREBASE_HASHES = text(
    "SELECT 1 FROM (SELECT password_hash FROM users WHERE external_source = 'firebase' "
    "AND deleted_at IS NULL LIMIT 1000) AS imported "
    "WHERE password_hash LIKE '$firescrypt$%' LIMIT 1"
)
NO_FIREBASE_KEY = Problem(
    "FIREBASE_SCRYPT",
    "accounts from Firebase have hashes that cannot be verified without it",
    "set it to the hash parameters of the project",
)
OTHER_REMEDY = "check host and port, and whether the database server runs"


def check_database(settings: Settings) -> Iterator[Problem]:
    """Report what prevents the service from using its database."""
    url = settings.database_url
    if url in IN_MEMORY_URLS:
        yield Problem(SUBJECT, "the database is in memory", "it is lost at the end", is_hint=True)
        return
    file = locate_file(url)
    if file is not None:
        problems = list(_check_file(file))
        yield from problems
        if any(not problem.is_hint for problem in problems):
            return
    yield from _check_connection(settings)


def locate_file(url: str) -> Path | None:
    """Return the file of SQLite; Flask-SQLAlchemy looks for a relative one in Flask's directory."""
    if url in IN_MEMORY_URLS or not url.startswith("sqlite") or "uri=" in url:
        return None
    return Path(Flask(APPLICATION).instance_path) / (make_url(url).database or "")


def has_directory(file: Path) -> bool:
    """Return whether the directory of a file exists, or Flask-SQLAlchemy creates it."""
    return file.parent.is_dir() or file.parent == Path(Flask(APPLICATION).instance_path)


def _check_file(file: Path) -> Iterator[Problem]:
    directory = file.parent
    if not has_directory(file):
        yield MISSING_DIRECTORY
    elif not file.exists():
        yield _describe_schema(None)
    elif not (os.access(file, os.R_OK | os.W_OK) and os.access(directory, os.W_OK)):
        yield Problem(
            SUBJECT, "the file or its directory cannot be written", "change their owner or mode"
        )
    elif shutil.disk_usage(directory).free < MIN_FREE_BYTES:
        yield Problem("disk", "less than 256 MiB are free", "make room")
    elif file.stat().st_mode & 0o077:
        yield Problem(SUBJECT, "other users can read the file", "chmod 600", is_hint=True)


def _check_connection(settings: Settings) -> Iterator[Problem]:
    engine = create_unpooled_engine(
        _make_absolute(settings.database_url),
        transaction_pooling=settings.database_transaction_pooling,
        timeout_ms=settings.database_timeout_ms,
    )
    try:
        with engine.connect() as connection:
            yield from _check_schema(connection, settings)
            if engine.dialect.name == "postgresql":
                yield from _check_server(connection, settings)
    except DBAPIError as error:
        yield describe_failure(error)
    finally:
        engine.dispose()


def _make_absolute(url: str) -> str:
    file = locate_file(url)
    if file is None:
        return url
    absolute = make_url(url).set(database=str(file))
    return absolute.render_as_string(hide_password=False)


def describe_failure(error: BaseException) -> Problem:
    """Return the problem for an error of the database, with libpq's message."""
    reason = describe(error)
    matching = (remedy for pattern, remedy in REMEDIES if re.search(pattern, reason))
    is_wrong_encoding = reason.startswith(OTHER_ENCODING)
    return Problem(SUBJECT, reason, next(matching, OTHER_REMEDY), prevents_start=is_wrong_encoding)


def _describe_schema(found: str | None) -> Problem:
    reason, _, remedy = describe_revision(found).partition(": ")
    is_missing = not found
    return Problem(SUBJECT, reason, remedy, prevents_start=is_missing, can_wait=is_missing)


def _check_schema(connection: Connection, settings: Settings) -> Iterator[Problem]:
    found = read_revision(connection)
    if describe_revision(found):
        yield _describe_schema(found)
        return
    try:
        require_writes(connection)
    except DBAPIError as error:
        remedy = "connect to the primary server"
        if get_sqlstate(error) != READ_ONLY_SQLSTATE:
            remedy = "see `rollbook grants`"
        yield Problem(SUBJECT, describe(error), remedy)
        connection.rollback()
    if settings.firebase_scrypt is None and connection.execute(FIREBASE_HASHES).first():
        yield NO_FIREBASE_KEY


def _check_server(connection: Connection, settings: Settings) -> Iterator[Problem]:
    before = clock.now()
    server_time = connection.execute(select(func.clock_timestamp())).scalar_one()
    middle = before + (clock.now() - before) / 2
    skew = abs((server_time - middle).total_seconds())
    if skew > MAX_CLOCK_SKEW_SECONDS:
        yield Problem("clock", f"it differs from that of the database by {skew:.0f} s", "use NTP")
    maximum = int(connection.execute(text("SHOW max_connections")).scalar_one())
    needed = 2 * settings.database_pool_size * settings.workers
    if needed > maximum and not settings.database_transaction_pooling:
        reason = f"up to {needed} connections are needed and max_connections is {maximum}"
        yield Problem("DATABASE_POOL_SIZE", reason, "lower it, or raise max_connections")
