"""The table of invitations, and the record that queries read from it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Index, String, and_
from sqlalchemy.orm import Mapped, mapped_column, validates

from api.core import clock, identifiers, secrets
from api.core.database import Base


class State(StrEnum):
    """What has become of an invitation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Invitation(Base):
    """An invitation to create an account. Its link is a one-time token, whose target is this row.

    The ids of users have no foreign keys, as in the audit log: without their accounts they identify
    no person.
    """

    __tablename__ = "invitations"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=secrets.new_id)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(320), index=True)
    username: Mapped[str | None] = mapped_column(String(254))
    display_name: Mapped[str | None] = mapped_column(String(80))
    roles: Mapped[list[str]] = mapped_column(JSON)  # without the role ``user``
    locale: Mapped[str | None] = mapped_column(String(35))
    invited_by: Mapped[UUID | None] = mapped_column(index=True)  # None is the operator
    organization_id: Mapped[UUID | None]  # of the organisation that the account will belong to
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(index=True)  # for the purge
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    user_id: Mapped[UUID | None] = mapped_column(index=True)  # the account that it has become

    @validates("email")
    def update_key(self, _: str, email: str) -> str:
        """Set the key of the e-mail address whenever the address is set."""
        self.email_key = identifiers.email_key(email)
        return email

    @property
    def state(self) -> State:
        return find_state(self.accepted_at, self.revoked_at, self.expires_at)


class InvitationRow(NamedTuple):
    """An invitation as administrators see it."""

    id: UUID
    email: str
    username: str | None
    display_name: str | None
    roles: list[str]
    locale: str | None
    invited_by: UUID | None
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None
    user_id: UUID | None

    @property
    def state(self) -> State:
        return find_state(self.accepted_at, self.revoked_at, self.expires_at)


ROW_COLUMNS = [getattr(Invitation, name) for name in InvitationRow._fields]


def find_state(
    accepted_at: datetime | None, revoked_at: datetime | None, expires_at: datetime
) -> State:
    if accepted_at is not None:
        return State.ACCEPTED
    if revoked_at is not None:
        return State.REVOKED
    return State.OPEN if expires_at > clock.now() else State.EXPIRED


def has_state(state: str, now: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the condition that an invitation has this state."""
    is_unanswered = and_(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
    return {
        State.OPEN: and_(is_unanswered, Invitation.expires_at > now),
        State.ACCEPTED: Invitation.accepted_at.is_not(None),
        State.REVOKED: and_(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_not(None)),
        State.EXPIRED: and_(is_unanswered, Invitation.expires_at <= now),
    }[State(state)]
