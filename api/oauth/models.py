"""The tables of revoked access tokens of service accounts, and of used client assertions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from api.core.database import Base


class RevokedToken(Base):
    """The id (``jti``) of a revoked token, until the token expires."""

    __tablename__ = "revoked_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)  # for the purge


class UsedAssertion(Base):
    """A client assertion that was accepted, until it expires: it is accepted once."""

    __tablename__ = "used_assertions"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # of client and jti
    expires_at: Mapped[datetime] = mapped_column(index=True)  # for the purge
