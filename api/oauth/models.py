"""The table of revoked access tokens of service accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from api.core.database import Base


class RevokedToken(Base):
    """The id (``jti``) of a revoked token, until the token expires."""

    __tablename__ = "revoked_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)  # for the purge
