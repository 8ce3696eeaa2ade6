from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from api.core.database import UTC_DATETIME, Base


class KnownDevice(Base):
    """A device and network from which a user has logged in, by a digest of both."""

    __tablename__ = "known_devices"

    user_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    last_used_at: Mapped[datetime] = mapped_column(UTC_DATETIME, index=True)  # for the purge
