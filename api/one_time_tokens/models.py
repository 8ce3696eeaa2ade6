from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from api.core import clock
from api.core.database import Base


class TokenPurpose(StrEnum):
    """What a one-time token permits."""

    ACCEPT_INVITATION = "accept_invitation"
    CANCEL_DELETION = "cancel_deletion"
    CANCEL_EMAIL_CHANGE = "cancel_email_change"
    CONFIRM_EMAIL_CHANGE = "confirm_email_change"
    END_SESSION = "end_session"
    RESET_PASSWORD = "reset_password"  # noqa: S105  a purpose, not a password
    VERIFY_EMAIL = "verify_email"


class OneTimeToken(Base):
    """A token that has not been used yet, by its digest. A used or replaced token has no row."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (Index(None, "user_id", "purpose"), Index(None, "target_id"))

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(24))
    user_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("users.id", ondelete="CASCADE"))
    target_id: Mapped[UUID | None]  # what it is for, such as a session or an invitation
    email: Mapped[str | None] = mapped_column(String(254))  # the address that it is about
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(index=True)  # for the purge
