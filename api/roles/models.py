"""Roles, and who holds them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CompoundSelect,
    Connection,
    ForeignKey,
    Index,
    ScalarSelect,
    String,
    Text,
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
from api.roles import rights
from api.roles.rights import ADMIN, EVERYTHING, USER

BUILT_IN = {
    ADMIN: {"description": "Administrators, who may do everything.", "allows": EVERYTHING},
    USER: {"description": "Everybody who has an account.", "allows": ""},
}


class Role(Base):
    """A role; ``allows`` holds the permissions as ``rights`` writes them."""

    __tablename__ = "roles"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    description: Mapped[str] = mapped_column(String(200))
    allows: Mapped[str] = mapped_column("permissions", Text)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  which every change raises

    @property
    def permissions(self) -> list[Permission]:
        return sorted(rights.read(self.allows))

    @property
    def built_in(self) -> bool:
        return self.name in BUILT_IN


class UserRole(Base):
    """A role that somebody holds. That of a user is not written down: everybody is one."""

    __tablename__ = "user_roles"
    __table_args__ = (Index(None, "role", "user_id"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(
        ForeignKey("roles.name", ondelete="RESTRICT"), primary_key=True
    )


def held_by(user_id: Any) -> ScalarSelect[str]:
    """Return the roles of an account as text; ``user_id`` is a column."""
    own = select(UserRole.role).where(UserRole.user_id == user_id).correlate_except(UserRole)
    names: CompoundSelect[str] = union_all(own, select(literal_column(f"'{USER}'")))
    line = Role.name + literal_column("' '") + Role.allows
    separator: Any = literal_column(f"'{rights.SEPARATOR}'")  # fixed, as the fast path has it
    lines = func.aggregate_strings(line, separator)
    return select(lines).where(Role.name.in_(names)).scalar_subquery()


def insert_built_in(connection: Connection) -> None:
    """Write the roles without which nobody could do anything."""
    moment = {"version": 1, "created_at": clock.now(), "updated_at": clock.now()}
    for name, role in BUILT_IN.items():
        connection.execute(insert(Role).values(name=name, **role, **moment))


@event.listens_for(Role.__table__, "after_create")
def _begin(_table: object, connection: Connection, **_: object) -> None:
    """Let tables that are made without the migrations hold what those write."""
    insert_built_in(connection)
