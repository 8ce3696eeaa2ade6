"""The tables' base, the two engines, and the one place that commits.

Writes go through ``db.session`` on an engine with ordinary transactions. Reads go through an
engine in autocommit, which saves the two round trips of BEGIN and ROLLBACK on every request.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    TypeDecorator,
    event,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, registry

from api.core.errors import DatabaseUnavailable, Refusal

Row = TypeVar("Row")
Result = TypeVar("Result")

READS = "reads"
UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)
SERIALISATION_FAILURE, DEADLOCK = "40001", "40P01"
TRIES = 3


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. SQLite keeps no zone, so it is written in UTC and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Tables inherit from this rather than ``db.Model``, which mypy cannot see."""

    registry = registry(
        type_annotation_map={datetime: UtcDateTime},
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def engine_for_reads() -> Engine | None:
    """Return the engine in autocommit, or None where one connection must serve everything.

    That is SQLite in memory, which lives and dies with its only connection.
    """
    return db.engines.get(READS)


@contextmanager
def autocommit() -> Iterator[Connection]:
    """Lend a connection on which every statement stands at once, outside the transaction.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    engine = engine_for_reads()
    try:
        if engine is None:
            yield db.session.connection()
            db.session.commit()
        else:
            with engine.connect() as connection:
                yield connection
    except UNAVAILABLE as error:
        raise DatabaseUnavailable from error


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block did, or undo all of it.

    A refusal marked ``remembered`` turns the caller away and still commits:
    a failed login must leave its trace.
    """
    try:
        yield
    except Refusal as refusal:
        settle = db.session.commit if refusal.remembered else db.session.rollback
        settle()
        raise
    except BaseException:
        db.session.rollback()
        raise
    db.session.commit()


def in_transaction(work: Callable[[], Result]) -> Result:
    """Do the work in a transaction, again from the start when the database asks for that.

    Raises:
        DatabaseUnavailable: the database does not answer, or gave way to others three times.
    """
    for _ in range(TRIES):
        try:
            with transaction():
                return work()
        except UNAVAILABLE as error:
            if not _gave_way(error):
                raise DatabaseUnavailable from error
    raise DatabaseUnavailable


def _gave_way(error: Exception) -> bool:
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlstate", None) in {SERIALISATION_FAILURE, DEADLOCK}


def require(row: type[Row], key: UUID, missing: type[Refusal]) -> Row:
    """Fetch by primary key, or refuse."""
    found = db.session.get(row, key)
    if found is None:
        raise missing
    return found


def flush(*, taken: Mapping[str, type[Refusal]]) -> None:
    """Write what is pending; a value that has to be unique and is not, refuses.

    ``taken`` maps the name of a unique constraint to the refusal. The constraint is asked, and
    not a query before it, since two requests may both find the value free.
    """
    try:
        db.session.flush()
    except IntegrityError as error:
        refusal = taken.get(_constraint(error))
        if refusal is None:
            raise
        db.session.rollback()  # nothing stands any more, but questions can be asked again
        raise refusal from error


def _constraint(error: DBAPIError) -> str:
    """Name the constraint that was broken: PostgreSQL says so, SQLite names the column."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return str(diagnosis.constraint_name)
    column = str(error.orig).rpartition("failed: ")[2]  # users.email_key
    return "uq_" + column.replace(".", "_", 1)


def engine_options(
    url: str, *, pool_size: int, timeout: int
) -> tuple[dict[str, Any], ...]:
    """Return the options of the engine for writes and, unless in memory, of the one for reads.

    ``timeout`` is in milliseconds and bounds every statement.
    """
    if url.startswith("sqlite"):
        return _sqlite_options(url, timeout)
    arguments = {
        "connect_timeout": 2,
        "prepare_threshold": 0,  # every statement is prepared at its first use
        "options": f"-c timezone=UTC -c statement_timeout={timeout} -c lock_timeout={timeout}",
        "application_name": "rollbook",
    }
    pool = {
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": 2,
        "pool_use_lifo": True,
    }
    writes = {"url": url, "connect_args": arguments, "pool_pre_ping": True, **pool}
    reads = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
    return writes, {"url": url, "connect_args": arguments, **pool, **reads}


def _sqlite_options(url: str, timeout: int) -> tuple[dict[str, Any], ...]:
    if url in {"sqlite://", "sqlite:///:memory:"}:
        return ({"url": url},)
    options = {"url": url, "connect_args": {"timeout": max(timeout, 5000) / 1000}}
    return options, {**options, "isolation_level": "AUTOCOMMIT"}


def prepare(engine: Engine) -> None:
    """Make an engine for SQLite behave: writers wait in line, foreign keys hold."""
    if engine.dialect.name != "sqlite":
        return
    in_autocommit = engine is engine_for_reads()

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = (
            None  # the driver's own idea of a transaction begins too late
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        if not in_autocommit:  # two that read and then write would wait for each other
            connection.exec_driver_sql("BEGIN IMMEDIATE")
