"""The audit trail, and the chain that it is sealed into.

Both tables take new rows and refuse every other change, in the database: the migration that makes
them gives them triggers.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.core import secrets
from api.core.database import Base


class AuditEvent(Base):
    """One fact. It names accounts without foreign keys, since it outlives them."""

    __tablename__ = "audit_events"
    __table_args__ = (  # each filter finds its page in order, however long the trail is
        Index(None, "at", "id"),
        Index(None, "event", "at", "id"),
        Index(None, "actor_id", "at", "id"),
        Index(None, "subject_id", "at", "id"),
        Index(None, "request_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(64))
    actor_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(String(128))
    address: Mapped[str | None] = mapped_column(String(45))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class AuditLink(Base):
    """The place of a fact in the chain; without a foreign key, so that a lost fact is noticed."""

    __tablename__ = "audit_chain"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(String(64))


class Fact(NamedTuple):
    """A fact as it is shown, and as it is sealed."""

    id: UUID
    at: datetime
    action: str
    actor_id: UUID | None
    subject_id: UUID | None
    request_id: str | None
    address: str | None
    details: dict[str, Any]


FACT = (
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.event.label("action"),
    AuditEvent.actor_id,
    AuditEvent.subject_id,
    AuditEvent.request_id,
    AuditEvent.address,
    AuditEvent.details,
)
