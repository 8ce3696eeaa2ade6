"""Connects to the database as the service does, and checks what it needs there."""

import os
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
from api.doctor.keys import check_keys
from api.doctor.privileges import check_privileges
from api.doctor.problems import Problem
from api.doctor.remedies import GRANTS_REMEDY, SUBJECT, describe_failure
from api.doctor.worker import check_worker
from api.health.schema_state import describe_revision, read_revision
from api.health.write_check import require_writes

APPLICATION = "api.app"
MISSING_DIRECTORY = Problem(SUBJECT, "the directory of the file does not exist", "create it")
IN_MEMORY = Problem(
    SUBJECT,
    "the database is in memory: it is lost at the end, and each worker has its own",
    "name a file",
    prevents_start=True,
)
MAX_CLOCK_SKEW_SECONDS = 5.0
MIN_FREE_BYTES = 256 * 1024 * 1024
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


def check_database(settings: Settings) -> Iterator[Problem]:
    """Report what prevents the service from using its database."""
    url = settings.database_url
    if url in IN_MEMORY_URLS:
        yield IN_MEMORY
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


def _describe_schema(found: str | None) -> Problem:
    reason, _, remedy = describe_revision(found).partition(": ")
    is_missing = not found
    return Problem(SUBJECT, reason, remedy, prevents_start=is_missing, can_wait=is_missing)


def _check_schema(connection: Connection, settings: Settings) -> Iterator[Problem]:
    found = read_revision(connection)
    if describe_revision(found):
        yield _describe_schema(found)
        return
    missing = list(check_privileges(connection))
    yield from missing
    if missing:
        return
    try:
        require_writes(connection)
    except DBAPIError as error:
        remedy = "connect to the primary server"
        if get_sqlstate(error) != READ_ONLY_SQLSTATE:
            remedy = GRANTS_REMEDY
        yield Problem(SUBJECT, describe(error), remedy)
        connection.rollback()
    if settings.firebase_scrypt is None and connection.execute(FIREBASE_HASHES).first():
        yield NO_FIREBASE_KEY
    yield from check_keys(connection, settings)
    yield from check_worker(connection, settings)


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
