from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.core.database import UTC_DATETIME, Base


class PasswordAttempts(Base):
    """A counter of failed attempts, for a name, an account or a device."""

    __tablename__ = "password_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    network: Mapped[str | None] = mapped_column(String(43))  # null for all, and for a device
    window_ends_at: Mapped[datetime] = mapped_column(UTC_DATETIME, index=True)  # or the pause
    attempts: Mapped[int]  # in this window
    consecutive: Mapped[int]  # over all windows; decays
