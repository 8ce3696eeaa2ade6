"""The tables' base, the session, and the one place that commits."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, TypeDecorator
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, registry

from api.core.engines import reader_beside
from api.core.errors import ApiError, DatabaseUnavailable

Result = TypeVar("Result")

UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)
GAVE_WAY = {"40001", "40P01"}  # serialization_failure, deadlock_detected
UNFIT = {"42P01", "42703", "42501"}  # undefined_table, undefined_column, insufficient_privilege
TRIES = 3


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. SQLite keeps no zone, so it is written in UTC and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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
    return reader_beside(db.engine)


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
    except (DBAPIError, PoolTimeout) as error:
        if is_away(error):
            raise DatabaseUnavailable from error
        raise


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block did, or undo all of it.

    A refusal marked ``remembered`` turns the caller away and still commits:
    a failed login must leave its trace.
    """
    try:
        yield
        db.session.commit()
    except ApiError as api_error:
        if api_error.commits:
            db.session.commit()
        raise
    finally:
        db.session.rollback()  # after a commit nothing is left to undo


def in_transaction(work: Callable[[], Result]) -> Result:
    """Do the work in a transaction, again from the start when the database asks for that.

    Raises:
        DatabaseUnavailable: the database does not answer, or gave way to others three times.
    """
    for _ in range(TRIES):
        try:
            with transaction():
                return work()
        except (DBAPIError, PoolTimeout) as error:
            if _sqlstate(error) in GAVE_WAY:
                continue
            if is_away(error):
                raise DatabaseUnavailable from error
            raise
    raise DatabaseUnavailable


def is_away(error: Exception) -> bool:
    """Tell whether the database does not answer, or has no tables or rights to answer from yet."""
    return isinstance(error, UNAVAILABLE) or _sqlstate(error) in UNFIT


def _sqlstate(error: Exception) -> str | None:
    state: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    return state


def flush(*, taken: Mapping[str, type[ApiError]]) -> None:
    """Write what is pending; a value that has to be unique and is not, refuses.

    ``taken`` maps the name of a unique constraint to the refusal. The constraint is asked, and
    not a query before it, since two requests may both find the value free.
    """
    try:
        db.session.flush()
    except IntegrityError as error:
        api_error = taken.get(_constraint(error))
        if api_error is None:
            raise
        db.session.rollback()  # nothing stands any more, but questions can be asked again
        raise api_error from error


def _constraint(error: DBAPIError) -> str:
    """Name the constraint that was broken: PostgreSQL says so, SQLite names the column."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return str(diagnosis.constraint_name)
    column = str(error.orig).rpartition("failed: ")[2]  # users.email_key
    return "uq_" + column.replace(".", "_", 1)
