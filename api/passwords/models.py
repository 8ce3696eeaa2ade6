from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.core.database import Base, UtcDateTime


class PasswordAttempts(Base):
    """The attempts on one account, known or not, that have not ended in success."""

    __tablename__ = "password_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)  # the purge asks
    attempts: Mapped[int]  # in this window
    consecutive: Mapped[int]  # over all windows
