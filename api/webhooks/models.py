"""The tables of webhooks, of their deliveries, and of each attempt."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.core import clock, secrets
from api.core.database import Base

IS_PENDING = text("state = 'pending'")


class Payload(StrEnum):
    """What a webhook receives of an event."""

    THIN = "thin"  # ids alone
    FULL = "full"  # with the details that the audit log has


class DeliveryState(StrEnum):
    PENDING = "pending"  # to be delivered, or delivered again after an error
    DELIVERED = "delivered"
    FAILED = "failed"  # given up; can be delivered again


class Webhook(Base):
    """A URL that receives events."""

    __tablename__ = "webhooks"
    __table_args__ = (
        CheckConstraint("payload IN ('thin', 'full')", name="payload"),
        Index(None, "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    organization_id: Mapped[UUID | None]
    url: Mapped[str] = mapped_column(String(2048))
    description: Mapped[str] = mapped_column(String(200), default="")
    events: Mapped[list[str]] = mapped_column(JSON)  # names of events
    payload: Mapped[str] = mapped_column(String(8), default=Payload.THIN)
    # Whether the payload was ever full: then stored deliveries may be. It stays true, so that no
    # event of a transaction that has not committed yet is missed.
    was_full: Mapped[bool] = mapped_column(default=False)
    ordered: Mapped[bool] = mapped_column(default=False)  # one event of a subject after the other
    enabled: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str | None] = mapped_column(String(32))  # null if a person disabled it
    secret: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted
    former_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # likewise; signs as well
    former_secret_until: Mapped[datetime | None]
    created_by: Mapped[UUID | None]  # None is the operator
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    # What the worker records. It changes these without a new version.
    failing_since: Mapped[datetime | None]  # null after a success
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    paused_until: Mapped[datetime | None]  # after failures in a row, or Retry-After
    last_attempt_at: Mapped[datetime | None]  # the webhook that has waited longest is next
    slow: Mapped[bool] = mapped_column(default=False)  # its last answer took long

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  every change increments it


class WebhookDelivery(Base):
    """One event for one webhook. Its id is the ``webhook-id``, the same for all attempts."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'delivered', 'failed')", name="state"),
        Index("uq_webhook_deliveries_event", "webhook_id", "event_id", unique=True),
        Index(None, "webhook_id", "created_at", "id"),
        Index(
            "ix_webhook_deliveries_due",
            "webhook_id",
            "next_attempt_at",
            "id",
            postgresql_where=IS_PENDING,
            sqlite_where=IS_PENDING,
        ),
        Index(
            "ix_webhook_deliveries_order",
            "webhook_id",
            "subject_id",
            "event_at",
            "event_id",
            postgresql_where=IS_PENDING,
            sqlite_where=IS_PENDING,
        ),
        Index(None, "created_at"),  # for the purge
        Index(None, "subject_id"),  # for the erasure of an account
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    # Without a foreign key: a month of deliveries takes seconds to delete, longer than a statement
    # may take. Those of a deleted webhook are neither sent nor shown, and the purge deletes them.
    webhook_id: Mapped[UUID]
    event_id: Mapped[UUID]  # of the audit log; of a test, an id of its own
    event: Mapped[str] = mapped_column(String(64))
    event_at: Mapped[datetime] = mapped_column(default=clock.now)  # the order of a subject
    subject_id: Mapped[UUID | None]
    body: Mapped[str] = mapped_column(Text)  # JSON, as it is signed and sent
    state: Mapped[str] = mapped_column(String(12), default=DeliveryState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)  # since it was last asked for
    last_error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    requested_at: Mapped[datetime] = mapped_column(default=clock.now)  # when retries began
    next_attempt_at: Mapped[datetime] = mapped_column(default=clock.now)
    delivered_at: Mapped[datetime | None]


class WebhookAttempt(Base):
    """One request to a webhook, and its response."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (Index(None, "delivery_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    delivery_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("webhook_deliveries.id", ondelete="CASCADE")
    )
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    url: Mapped[str] = mapped_column(String(2048))
    address: Mapped[str | None] = mapped_column(String(45))  # the IP address of the connection
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(200))
    request_headers: Mapped[dict[str, str]] = mapped_column(JSON)  # without the signature
    response_headers: Mapped[dict[str, str] | None] = mapped_column(JSON)
    response_body: Mapped[str | None] = mapped_column(Text)  # the beginning


class WebhookErasure(Base):
    """An erased account in whose deliveries ids alone must remain. A job does that."""

    __tablename__ = "webhook_erasures"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]
    next_at: Mapped[datetime] = mapped_column(index=True)  # when the job looks at it
