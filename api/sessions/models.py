"""The table of sessions. It stores only digests of their refresh tokens."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Uuid, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from api.core import clock, secrets
from api.core.database import Base
from api.core.principal import Assurance

NOT_ENDED = text("ended_at IS NULL")


class Reason(StrEnum):
    """Why a session has ended."""

    EVICTED = "crowded_out"  # by the session limit of the account
    EMAIL_CHANGED = "email_changed"
    EMAIL_VERIFIED = "email_verified"
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
        Index("ix_sessions_live", "user_id", postgresql_where=NOT_ENDED, sqlite_where=NOT_ENDED),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("users.id", ondelete="CASCADE"))
    device: Mapped[str] = mapped_column(String(80))
    address: Mapped[str | None] = mapped_column(String(45))
    assurance: Mapped[str] = mapped_column(String(8), default=Assurance.AAL1)
    created_at: Mapped[datetime]
    authenticated_at: Mapped[datetime]  # when the password was last verified
    last_used_at: Mapped[datetime]  # when it was opened or last refreshed
    idle_until: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)  # for the purge
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(24))
    newest_digest: Mapped[str] = mapped_column(String(64))  # of the refresh token that is valid
    parent_digest: Mapped[str | None] = mapped_column(String(64))  # of the token before it
    parent_salt: Mapped[str | None] = mapped_column(String(32))  # the newest is derived with it


def is_active() -> ColumnElement[bool]:
    """Return the condition that a session has neither ended nor expired."""
    now = clock.now()
    return and_(Session.ended_at.is_(None), Session.idle_until > now, Session.expires_at > now)
