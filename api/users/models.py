"""The account, and the records that are read of it on every request."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, column_property, mapped_column, validates

from api.core import clock, identifiers, secrets
from api.core.database import Base, db
from api.core.permissions import Permission
from api.passwords import hashing
from api.roles import rights
from api.roles.models import held_by

DOCUMENT = JSON().with_variant(JSONB(), "postgresql")
EMPTY: dict[str, Any] = {"default": dict, "server_default": text("'{}'")}
LIVING, DELETED = text("deleted_at IS NULL"), text("deleted_at IS NOT NULL")


class Status(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


def key_text(length: int) -> String:
    """Return the type of a key: compared byte by byte, so that both databases order it alike."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def same_moment(context: DefaultExecutionContext) -> datetime:
    """Return when the row is created: a new row was last changed then."""
    created: datetime = context.get_current_parameters()["created_at"]  # type: ignore[no-untyped-call]
    return created


def unique_among_the_living(column: str) -> Index:
    """Return the index that keeps a name for one account; a deleted one no longer needs its own."""
    living: dict[str, Any] = {"postgresql_where": LIVING, "sqlite_where": LIVING}
    return Index(f"uq_users_{column}", column, unique=True, **living)


def found_by_members(column: str) -> Index:
    """Return the index by which PostgreSQL finds the accounts whose documents hold something."""
    kind: dict[str, Any] = {"postgresql_using": "gin", "postgresql_ops": {column: "jsonb_path_ops"}}
    return Index(f"ix_users_{column}", column, **kind).ddl_if(dialect="postgresql")


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
        unique_among_the_living("username_key"),
        unique_among_the_living("email_key"),
        Index(None, "deleted_at", postgresql_where=DELETED, sqlite_where=DELETED),
        found_by_members("user_metadata"),
        found_by_members("app_metadata"),
        Index(None, "created_at", "id"),
        Index(None, "status", "created_at", "id"),
    )
    query = db.session.query_property()  # the tutorial's `User.query`

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    username: Mapped[str] = mapped_column(String(32))
    username_key: Mapped[str] = mapped_column(key_text(32))
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(key_text(320))
    display_name: Mapped[str | None] = mapped_column(String(80))
    display_name_key: Mapped[str | None] = mapped_column(key_text(80), index=True)
    status: Mapped[str] = mapped_column(String(16), default=Status.ACTIVE)
    status_reason: Mapped[str | None] = mapped_column(String(500))
    user_metadata: Mapped[dict[str, Any]] = mapped_column(DOCUMENT, **EMPTY)
    app_metadata: Mapped[dict[str, Any]] = mapped_column(DOCUMENT, **EMPTY)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=same_moment, onupdate=clock.now)
    deleted_at: Mapped[datetime | None] = mapped_column()
    version: Mapped[int] = mapped_column(server_default=text("1"))
    # What its roles allow, as ``rights.parse_assignments`` reads it.
    held: Mapped[str] = column_property(held_by(id), deferred=True)  # noqa: A003  the column

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  which every change raises

    @validates("username", "email", "display_name")
    def keep_key(self, name: str, value: str | None) -> str | None:
        """Let the key follow what it is the key of."""
        setattr(self, f"{name}_key", KEYS[name](value))
        return value

    @property
    def roles(self) -> tuple[str, ...]:
        return rights.parse_assignments(self.held).roles

    @property
    def permissions(self) -> frozenset[Permission]:
        return rights.parse_assignments(self.held).permissions

    def set_password(self, password: str) -> None:
        self.password_hash = hashing.hash_password(password)

    def check_password(self, password: str) -> bool:
        return hashing.verify(self.password_hash, password)


class PurgedUser(Base):
    """The id of a purged user, which no other account gets: other services may still know it.

    A trigger on ``users`` rejects it.
    """

    __tablename__ = "purged_users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purged_at: Mapped[datetime]


KEYS: dict[str, Callable[[Any], str | None]] = {
    "username": identifiers.username_key,
    "email": identifiers.email_key,
    "display_name": identifiers.name_key,
}


class Profile(NamedTuple):
    """An account as it is shown, with its version and what its roles allow."""

    id: UUID
    username: str
    email: str
    display_name: str | None
    status: str
    status_reason: str | None
    user_metadata: dict[str, Any]
    app_metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int
    held: str

    @property
    def roles(self) -> tuple[str, ...]:
        return rights.parse_assignments(self.held).roles

    @property
    def permissions(self) -> frozenset[Permission]:
        return rights.parse_assignments(self.held).permissions


class Credentials(NamedTuple):
    """What is needed to check who someone is."""

    id: UUID
    username: str
    email: str
    email_key: str
    status: str
    password_hash: str | None
