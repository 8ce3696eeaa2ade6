"""The base class of the tables, the session, and the only place that commits."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Delete,
    Dialect,
    Engine,
    MetaData,
    TypeDecorator,
    delete,
    select,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, registry

from api.core.database_errors import is_unavailable, is_worth_a_retry
from api.core.engines import find_read_engine
from api.core.errors import ApiError, DatabaseUnavailable

Result = TypeVar("Result")

MAX_TRIES = 3


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time, which is written and read in UTC.

    SQLite stores no time zone. PostgreSQL returns that of the connection, which a pooler in front
    of it may have set.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


UTC_DATETIME = UtcDateTime()


class Base(DeclarativeBase):
    """The base class of all tables. mypy cannot analyse ``db.Model``."""

    registry = registry(
        type_annotation_map={datetime: UTC_DATETIME},
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
    """Return the engine in autocommit, or None for SQLite in memory, which has one connection."""
    return find_read_engine(db.engine)


@contextmanager
def autocommit() -> Iterator[Connection]:
    """Open a connection on which every statement commits at once, outside the transaction.

    SQLite in memory has one connection: there it commits what is pending in the session as well.

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
        if is_unavailable(error):
            raise DatabaseUnavailable from error
        raise


@contextmanager
def transaction() -> Iterator[None]:
    """Commit the changes of the block, or roll all of them back.

    An error of a class with ``commits`` is raised and still commits: a failed login is recorded.
    """
    try:
        yield
        db.session.commit()
    except ApiError as api_error:
        if api_error.commits:
            db.session.commit()
        raise
    finally:
        db.session.rollback()  # has no effect after a commit


def in_transaction(work: Callable[[], Result]) -> Result:
    """Do the work in a transaction. Repeat it if it failed and nothing of it was executed.

    That is after a deadlock or a serialization failure, and on a connection that is of no more use,
    such as one to a server that became a standby.

    Raises:
        DatabaseUnavailable: the database does not answer, or the work failed three times.
    """
    failure: Exception | None = None
    for _ in range(MAX_TRIES):
        try:
            with transaction():
                return work()
        except (DBAPIError, PoolTimeout) as error:
            failure = error
            if is_worth_a_retry(error):
                continue
            if is_unavailable(error):
                break
            raise
    raise DatabaseUnavailable from failure


def delete_batch(
    key: InstrumentedAttribute[Any], condition: ColumnElement[bool], *, max_rows: int
) -> Delete:
    """Return the statement that deletes at most ``max_rows`` unlocked rows.

    PostgreSQL evaluates the CTE once. It may evaluate a subquery of ``IN`` once more for each row,
    skip the rows that it has locked before, and so delete more rows.
    """
    batch = select(key).where(condition).limit(max_rows).with_for_update(skip_locked=True)
    keys = batch.cte("batch").c
    return delete(key.class_).where(key.in_(select(keys[key.key])))


def delete_rows(
    key: InstrumentedAttribute[Any], condition: ColumnElement[bool], *, max_rows: int
) -> int:
    """Delete at most ``max_rows`` unlocked rows in the current transaction; return how many.

    They are counted by what is returned: the driver of SQLite counts no rows of a CTE.
    """
    deleted = delete_batch(key, condition, max_rows=max_rows).returning(key)
    return len(db.session.scalars(deleted, execution_options={"synchronize_session": False}).all())


def flush(*, taken: Mapping[str, type[ApiError]]) -> None:
    """Write pending changes. Raise the error of ``taken`` for a unique constraint that fails.

    ``taken`` maps the name of a constraint to an error. A query before the write would not do,
    since two requests may both find the value free.
    """
    try:
        db.session.flush()
    except IntegrityError as error:
        api_error = taken.get(_get_constraint(error))
        if api_error is None:
            raise
        # So that the session can be used again; a savepoint keeps what was done before it.
        session = db.session()
        (session.get_nested_transaction() or session).rollback()
        raise api_error from error


def _get_constraint(error: DBAPIError) -> str:
    """Return the name of the failed constraint. SQLite reports only its columns."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return str(diagnosis.constraint_name)
    columns = str(error.orig).rpartition("failed: ")[2]  # users.email_key
    column = columns.rpartition(", ")[2]  # after the last one a constraint of several is named
    return "uq_" + column.replace(".", "_", 1)
