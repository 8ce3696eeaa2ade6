from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.core import clock
from api.core.database import Base

IN_USE = text("state <> 'retired'")


class State(StrEnum):
    NEXT = "next"  # published, so that verifiers know it before it signs
    ACTIVE = "active"
    RETIRED = "retired"  # verifies until its last token expires, no longer signs


class SigningKey(Base):
    """A key pair. At most one is next, and at most one is active."""

    __tablename__ = "signing_keys"
    __table_args__ = (
        CheckConstraint("state IN ('next', 'active', 'retired')", name="state"),
        Index(
            "uq_signing_keys_state",
            "state",
            unique=True,
            postgresql_where=IN_USE,
            sqlite_where=IN_USE,
        ),
    )

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    public_key: Mapped[dict[str, str]] = mapped_column(JSON)  # a JWK (RFC 7517)
    private_key: Mapped[bytes | None] = mapped_column(LargeBinary)  # encrypted; null if retired
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # when its last token expires, or when it was revoked

    @property
    def algorithm(self) -> str:
        return self.public_key["alg"]
