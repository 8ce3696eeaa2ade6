"""The tables of service accounts and of the credentials with which they get access tokens."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Uuid, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, validates

from api.core import clock, identifiers, secrets
from api.core.database import Base
from api.core.permissions import Permission
from api.roles.assignments import parse_service_assignments
from api.roles.models import ServiceAccountRole, select_service_role_assignments

MAX_NAME_KEY_LENGTH = 320  # folding may lengthen a name


class Status(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class CredentialKind(StrEnum):
    """How a service account authenticates at the token endpoint (RFC 6749, 2.3; RFC 7523)."""

    CLIENT_SECRET = "client_secret"  # noqa: S105  a kind, not a secret
    PUBLIC_KEY = "public_key"


class ServiceAccount(Base):
    """A principal without a password. Its id is the ``client_id`` of OAuth 2.0.

    A deleted account leaves no row: its credentials and API keys go with it.
    """

    __tablename__ = "service_accounts"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
        Index("uq_service_accounts_name_key", "name_key", unique=True),
        Index(None, "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    organization_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(
        String(MAX_NAME_KEY_LENGTH)
    )  # by which names are compared
    description: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[str] = mapped_column(String(16), default=Status.ACTIVE)
    status_reason: Mapped[str | None] = mapped_column(String(500))
    created_by: Mapped[UUID | None]  # None is the operator. No foreign key
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    # Its roles and their permissions, as the text that ``parse_service_assignments`` reads.
    role_assignments: Mapped[str | None] = column_property(
        select_service_role_assignments(id),  # noqa: A003  the column
        deferred=True,
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  every change increments it

    @validates("name")
    def update_key(self, _name: str, value: str) -> str:
        """Set the key of the name whenever the name is set."""
        self.name_key = make_name_key(value)
        return value

    @property
    def roles(self) -> tuple[str, ...]:
        return parse_service_assignments(self.role_assignments).roles

    @property
    def permissions(self) -> frozenset[Permission]:
        return parse_service_assignments(self.role_assignments).permissions


def make_name_key(name: str) -> str:
    """Return the form by which names are compared."""
    return identifiers.fold_text(name.strip())[:MAX_NAME_KEY_LENGTH]


class ClientCredential(Base):
    """A client secret, of which only the digest is stored, or a public key.

    An access token names the credential with which it was issued, so deleting one ends its tokens.
    """

    __tablename__ = "client_credentials"
    __table_args__ = (CheckConstraint("kind IN ('client_secret', 'public_key')", name="kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    service_account_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("service_accounts.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(80))
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)  # of a secret
    last4: Mapped[str | None] = mapped_column(String(4))  # of a secret
    public_key: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # a JWK (RFC 7517)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


__all__ = ["ClientCredential", "CredentialKind", "ServiceAccount", "ServiceAccountRole", "Status"]
