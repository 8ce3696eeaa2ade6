"""The tables of API keys, and of the networks from which they were used."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from api.core import clock, secrets
from api.core.database import Base


class ApiKey(Base):
    """An API key of a user or of a service account. A revoked key leaves no row.

    Only its digest is stored. A rotated key is valid until ``expires_at``, and ``successor_id`` is
    the key that replaces it.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (service_account_id IS NULL)", name="owner"),
        Index(None, "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    organization_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    service_account_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("service_accounts.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(80))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    last4: Mapped[str] = mapped_column(String(4))
    scopes: Mapped[list[str]] = mapped_column(JSON)  # names of permissions
    allowed_networks: Mapped[list[str] | None] = mapped_column(JSON)  # None allows all
    requests_per_minute: Mapped[int | None]
    created_by: Mapped[UUID | None]  # the user; None is the operator
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime | None] = mapped_column(index=True)  # for the purge
    last_used_at: Mapped[datetime | None]
    last_used_address: Mapped[str | None] = mapped_column(String(45))
    successor_id: Mapped[UUID | None]


class ApiKeyNetwork(Base):
    """A network from which a key was used: an IPv4 /24 or an IPv6 /48."""

    __tablename__ = "api_key_networks"

    key_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True
    )
    network: Mapped[str] = mapped_column(String(43), primary_key=True)
    first_used_at: Mapped[datetime] = mapped_column(default=clock.now)
