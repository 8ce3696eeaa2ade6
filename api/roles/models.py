"""The tables of roles and of their assignment to users."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    ForeignKey,
    Index,
    ScalarSelect,
    String,
    Text,
    Uuid,
    event,
    func,
    insert,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.core import clock
from api.core.database import Base
from api.core.permissions import Permission
from api.roles import assignments
from api.roles.assignments import ADMIN, ALL_PERMISSIONS, USER

BUILT_IN = {
    ADMIN: {
        "description": "Administrators, who may do everything.",
        "stored_permissions": ALL_PERMISSIONS,
    },
    USER: {"description": "Everybody who has an account.", "stored_permissions": ""},
}


class Role(Base):
    """A role. ``stored_permissions`` is the text that ``assignments`` formats and parses."""

    __tablename__ = "roles"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    description: Mapped[str] = mapped_column(String(200))
    stored_permissions: Mapped[str] = mapped_column("permissions", Text)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  every change increments it

    @property
    def permissions(self) -> list[Permission]:
        return sorted(assignments.parse_permissions(self.stored_permissions))

    @permissions.setter
    def permissions(self, permissions: Iterable[Permission]) -> None:
        self.stored_permissions = assignments.format_permissions(permissions)

    @property
    def definition(self) -> dict[str, str]:
        """Return the members that a client can change, as they are stored."""
        return {"description": self.description, "permissions": self.stored_permissions}

    @property
    def built_in(self) -> bool:
        return self.name in BUILT_IN


class UserRole(Base):
    """A role that is assigned to a user. The role ``user`` is not stored: every user has it."""

    __tablename__ = "user_roles"
    __table_args__ = (Index(None, "role", "user_id"),)

    user_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(
        ForeignKey("roles.name", ondelete="RESTRICT"), primary_key=True
    )


class ServiceAccountRole(Base):
    """A role that is assigned to a service account, which does not have the role ``user``."""

    __tablename__ = "service_account_roles"
    __table_args__ = (Index(None, "role", "service_account_id"),)

    service_account_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("service_accounts.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(
        ForeignKey("roles.name", ondelete="RESTRICT"), primary_key=True
    )


def select_role_assignments(user_id: Any) -> ScalarSelect[str]:
    """Return the expression for the roles of a user, as the text that ``parse_assignments`` reads.

    ``user_id`` is a column.
    """
    own = select(UserRole.role).where(UserRole.user_id == user_id).correlate_except(UserRole)
    names: CompoundSelect[str] = union_all(own, select(literal_column(f"'{USER}'")))
    return _aggregate_roles(Role.name.in_(names))


def select_service_role_assignments(account_id: Any) -> ScalarSelect[str]:
    """Return the expression for the roles of a service account, as ``select_role_assignments``."""
    column = ServiceAccountRole.service_account_id
    names = select(ServiceAccountRole.role).where(column == account_id)
    return _aggregate_roles(Role.name.in_(names.correlate_except(ServiceAccountRole)))


def _aggregate_roles(condition: ColumnElement[bool]) -> ScalarSelect[str]:
    line = Role.name + literal_column("' '") + Role.stored_permissions
    separator: Any = literal_column(f"'{assignments.SEPARATOR}'")  # so that it is no parameter
    return select(func.aggregate_strings(line, separator)).where(condition).scalar_subquery()


def insert_built_in(connection: Connection) -> None:
    """Insert the built-in roles."""
    columns = {"version": 1, "created_at": clock.now(), "updated_at": clock.now()}
    for name, role in BUILT_IN.items():
        connection.execute(insert(Role).values(name=name, **role, **columns))


@event.listens_for(Role.__table__, "after_create")
def _insert_after_create(_table: object, connection: Connection, **_: object) -> None:
    """Insert the built-in roles into a table that is created without the migrations."""
    insert_built_in(connection)
