from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.core.database import UTC_DATETIME, Base


class PasswordAttempts(Base):
    """A counter of failed attempts, for a name or an account."""

    __tablename__ = "password_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_ends_at: Mapped[datetime] = mapped_column(UTC_DATETIME, index=True)  # for the purge
    attempts: Mapped[int]  # in this window
    consecutive: Mapped[int]  # over all windows
