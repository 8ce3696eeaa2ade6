"""A session as it is kept; of its refresh tokens nothing lies here but digests."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.core import secrets
from api.core.database import Base
from api.core.principal import Assurance

LIVE = text("ended_at IS NULL")


class Reason(StrEnum):
    """Why a session has ended."""

    CROWDED_OUT = "crowded_out"  # by newer ones of the same account
    EMAIL_CHANGED = "email_changed"
    ENDED_BY_ADMINISTRATOR = "ended_by_administrator"
    LOGGED_OUT = "logged_out"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a reason, not a password
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105  likewise
    REVOKED = "revoked"
    USER_DELETED = "user_deleted"
    USER_SUSPENDED = "user_suspended"


class Session(Base):
    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_live", "user_id", postgresql_where=LIVE, sqlite_where=LIVE),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    device: Mapped[str] = mapped_column(String(80))
    address: Mapped[str | None] = mapped_column(String(45))
    assurance: Mapped[str] = mapped_column(String(8), default=Assurance.AAL1)
    created_at: Mapped[datetime]
    authenticated_at: Mapped[datetime]  # when the password was last given
    last_used_at: Mapped[datetime]  # when it was opened or last refreshed
    idle_until: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)  # the purge asks
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(24))
    newest_digest: Mapped[str] = mapped_column(String(64))  # of the refresh token that counts
    parent_digest: Mapped[str | None] = mapped_column(String(64))  # of the one before
    parent_salt: Mapped[str | None] = mapped_column(String(32))  # made the newest of the parent
