from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.core import clock, secrets
from api.core.database import Base

MAX_ERROR_LENGTH = 500
IS_PENDING = text("state = 'pending'")


class State(StrEnum):
    """What has become of a message."""

    PENDING = "pending"  # to be delivered, or delivered again after an error
    DELIVERED = "delivered"
    DEAD = "dead"  # given up; an administrator can retry it


class OutboxMessage(Base):
    """A message that a worker delivers at least once.

    A worker that takes a message moves ``next_attempt_at`` into the future. If it dies, the message
    is due again then.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="state"),
        # Each filter of the list reads a page in order from its index.
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at", "id"),
        Index(None, "subject_id", "created_at", "id"),
        Index(
            "ix_outbox_messages_due",
            "next_attempt_at",
            postgresql_where=IS_PENDING,
            sqlite_where=IS_PENDING,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    kind: Mapped[str] = mapped_column(String(16))  # which channel delivers it, such as ``mail``
    name: Mapped[str] = mapped_column(String(48))  # what it says, such as ``reset_password``
    subject_id: Mapped[UUID | None] = mapped_column()  # the account that it is about
    content: Mapped[bytes | None] = mapped_column(LargeBinary)  # encrypted; null once delivered
    state: Mapped[str] = mapped_column(String(12), default=State.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(MAX_ERROR_LENGTH))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    next_attempt_at: Mapped[datetime] = mapped_column(default=clock.now)
    delivered_at: Mapped[datetime | None]
