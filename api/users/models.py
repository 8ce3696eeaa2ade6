"""The table of users, and the records that queries read from it."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    Index,
    LargeBinary,
    String,
    TextClause,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, column_property, mapped_column, validates

from api.core import clock, identifiers, secrets
from api.core.database import Base, db
from api.core.permissions import Permission
from api.passwords import hashing
from api.roles.assignments import parse_assignments
from api.roles.models import select_role_assignments
from api.users import search_words

METADATA = JSON().with_variant(JSONB(), "postgresql")
EMPTY: dict[str, Any] = {"default": dict, "server_default": text("'{}'")}
NOT_DELETED, DELETED = text("deleted_at IS NULL"), text("deleted_at IS NOT NULL")
HAS_USERNAME = text("deleted_at IS NULL AND username_key <> ''")


class Status(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


def key_type(length: int) -> String:
    """Return the type of a key. Both databases compare it byte by byte and order it alike."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def copy_created_at(context: DefaultExecutionContext) -> datetime:
    """Return the time at which the new row is created, which is also that of its last change."""
    created_at: datetime = context.get_current_parameters()["created_at"]  # type: ignore[no-untyped-call]
    return created_at


def make_unique_index(
    *columns: str, name: str | None = None, condition: TextClause = NOT_DELETED
) -> Index:
    """Return a unique index of the accounts that are not deleted."""
    where: dict[str, Any] = {"postgresql_where": condition, "sqlite_where": condition}
    return Index(name or f"uq_users_{columns[0]}", *columns, unique=True, **where)


def make_metadata_index(column: str) -> Index:
    """Return the index with which PostgreSQL finds accounts by members of their metadata."""
    kind: dict[str, Any] = {"postgresql_using": "gin", "postgresql_ops": {column: "jsonb_path_ops"}}
    return Index(f"ix_users_{column}", column, **kind).ddl_if(dialect="postgresql")


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
        make_unique_index("username_key", condition=HAS_USERNAME),
        CheckConstraint("(external_source IS NULL) = (external_id IS NULL)", name="external_id"),
        make_unique_index("email_key"),
        make_unique_index("external_source", "external_id", name="uq_users_external_id"),
        Index(None, "deleted_at", postgresql_where=DELETED, sqlite_where=DELETED),
        make_metadata_index("user_metadata"),
        make_metadata_index("app_metadata"),
        Index(None, "username_key", "id", postgresql_where=NOT_DELETED, sqlite_where=NOT_DELETED),
        search_words.make_index(),
        Index(None, "created_at", "id"),
        Index(None, "status", "created_at", "id"),
    )
    query = db.session.query_property()  # the tutorial's `User.query`

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    username: Mapped[str | None] = mapped_column(String(254))
    username_key: Mapped[str] = mapped_column(key_type(320), default="")  # "" without a username
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(key_type(320))
    display_name: Mapped[str | None] = mapped_column(String(80))
    display_name_key: Mapped[str | None] = mapped_column(key_type(80), index=True)
    status: Mapped[str] = mapped_column(String(16), default=Status.ACTIVE)
    status_reason: Mapped[str | None] = mapped_column(String(500))
    user_metadata: Mapped[dict[str, Any]] = mapped_column(METADATA, **EMPTY)
    app_metadata: Mapped[dict[str, Any]] = mapped_column(METADATA, **EMPTY)
    external_source: Mapped[str | None] = mapped_column(String(64))
    external_id: Mapped[str | None] = mapped_column(String(255))
    password_hash: Mapped[str | None] = mapped_column(String(512))
    # Of the hash that an import stored last, which a login replaces.
    imported_hash_digest: Mapped[bytes | None] = mapped_column(LargeBinary(16), deferred=True)
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    password_expires_at: Mapped[datetime | None]  # of a temporary password
    email_verified_at: Mapped[datetime | None]
    # Whether the user can do nothing else before the address is confirmed (EMAIL_VERIFICATION).
    must_verify_email: Mapped[bool] = mapped_column(default=False, server_default=false())
    # The username that the account gets with its confirmation, if it is free then.
    requested_username: Mapped[str | None] = mapped_column(String(254), deferred=True)
    locale: Mapped[str | None] = mapped_column(String(35))  # BCP 47, for mails and pages
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=copy_created_at, onupdate=clock.now)
    deleted_at: Mapped[datetime | None] = mapped_column()
    erase_at: Mapped[datetime | None]  # if users delete themselves; else a time after deleted_at
    version: Mapped[int] = mapped_column(server_default=text("1"))
    # Its roles and their permissions, as the text that ``parse_assignments`` reads.
    role_assignments: Mapped[str] = column_property(
        select_role_assignments(id),  # noqa: A003  the column
        deferred=True,
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  every change increments it

    def __repr__(self) -> str:
        """Return the id alone: logs and tracebacks must not contain personal data."""
        return f"<User {self.__dict__.get('id')}>"  # without a query

    @validates("username", "email", "display_name")
    def update_key(self, name: str, value: str | None) -> str | None:
        """Set the key of a name whenever the name is set."""
        setattr(self, f"{name}_key", KEYS[name](value))
        return value

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None

    @hybrid_property
    def has_password(self) -> bool:
        return self.password_hash is not None

    @has_password.inplace.expression
    @classmethod
    def _has_password(cls) -> ColumnElement[bool]:
        return cls.password_hash.is_not(None)

    @property
    def roles(self) -> tuple[str, ...]:
        return parse_assignments(self.role_assignments).roles

    @property
    def permissions(self) -> frozenset[Permission]:
        return parse_assignments(self.role_assignments).permissions

    def set_password(self, password: str) -> None:
        self.password_hash = hashing.hash_password(password)

    def check_password(self, password: str) -> bool:
        return hashing.verify(self.password_hash, password)


search_words.enable_trigrams(User.__table__)


class PurgedAccount(Base):
    """The id of a purged user or of a deleted service account, which no other account gets.

    Other services, the audit log and old tokens may still have it. A trigger on ``users`` rejects
    an account with this id.
    """

    __tablename__ = "purged_users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purged_at: Mapped[datetime]


KEYS: dict[str, Callable[[Any], str | None]] = {
    "username": lambda username: "" if username is None else identifiers.username_key(username),
    "email": identifiers.email_key,
    "display_name": identifiers.name_key,
}


class Profile(NamedTuple):
    """The members of an account that clients may read, with its version and its roles."""

    id: UUID
    username: str | None
    email: str
    display_name: str | None
    locale: str | None
    status: str
    status_reason: str | None
    user_metadata: dict[str, Any]
    app_metadata: dict[str, Any]
    external_source: str | None
    external_id: str | None
    has_password: bool
    must_change_password: bool
    email_verified_at: datetime | None
    must_verify_email: bool
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int
    role_assignments: str

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def roles(self) -> tuple[str, ...]:
        return parse_assignments(self.role_assignments).roles

    @property
    def permissions(self) -> frozenset[Permission]:
        return parse_assignments(self.role_assignments).permissions


PROFILE_COLUMNS = [getattr(User, name) for name in Profile._fields]


class Credentials(NamedTuple):
    """The columns that are needed to authenticate a user with a password."""

    id: UUID
    username: str | None
    email: str
    email_key: str
    status: str
    password_hash: str | None
    must_change_password: bool
    password_expires_at: datetime | None
    must_verify_email: bool = False
