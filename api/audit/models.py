"""The audit log, the chain that seals it, and the counts of repeated denials.

The database rejects changes to rows of the log and of the chain: the migration that creates these
tables adds triggers.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.core import secrets
from api.core.database import Base

HAS_CREDENTIAL = text("credential_id IS NOT NULL")


class AuditEvent(Base):
    """One event. It has no foreign keys to accounts, because it is kept after their deletion."""

    __tablename__ = "audit_events"
    __table_args__ = (  # each filter reads a page in order from its index
        Index(None, "at", "id"),
        Index(None, "event", "at", "id"),
        Index(None, "actor_id", "at", "id"),
        Index(
            None,
            "credential_id",
            "at",
            "id",
            postgresql_where=HAS_CREDENTIAL,
            sqlite_where=HAS_CREDENTIAL,
        ),
        Index(None, "subject_id", "at", "id"),
        Index(None, "request_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(64))
    actor_id: Mapped[UUID | None]
    actor_kind: Mapped[str | None] = mapped_column(String(16))  # null in rows of before 0.2
    credential_id: Mapped[UUID | None]  # the session, API key or client credential of the actor
    subject_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(String(128))
    address: Mapped[str | None] = mapped_column(String(45))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class ChainEntry(Base):
    """The position of an event in the chain.

    It has no foreign key, so that the entry of a deleted event remains. ``format`` is the number of
    the canonical form that the digest is computed from.
    """

    __tablename__ = "audit_chain"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    format: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))


class DenialCount(Base):
    """How many denials of one kind have not been recorded yet, of one principal and credential."""

    __tablename__ = "denial_counts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    principal_kind: Mapped[str | None] = mapped_column(String(16))
    principal_id: Mapped[UUID | None]
    credential_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    ends_at: Mapped[datetime] = mapped_column(index=True)
    repeated: Mapped[int]


class AuditEventRow(NamedTuple):
    """An event that was read: the API returns it, and the chain seals it."""

    id: UUID
    at: datetime
    action: str
    actor_id: UUID | None
    actor_kind: str | None
    credential_id: UUID | None
    subject_id: UUID | None
    request_id: str | None
    address: str | None
    details: dict[str, Any]


ROW_COLUMNS = (
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.event.label("action"),
    AuditEvent.actor_id,
    AuditEvent.actor_kind,
    AuditEvent.credential_id,
    AuditEvent.subject_id,
    AuditEvent.request_id,
    AuditEvent.address,
    AuditEvent.details,
)
