from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.core.database import UTC_DATETIME, Base


class MailCount(Base):
    """How many mails of one kind users without a session have requested for an e-mail address."""

    __tablename__ = "mail_counts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    sent: Mapped[int]  # in this window
    next_at: Mapped[datetime] = mapped_column(UTC_DATETIME)  # the earliest time for another one
    window_ends_at: Mapped[datetime] = mapped_column(UTC_DATETIME, index=True)  # for the purge
