"""What a client receives when it opens or refreshes a session."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, literal_column, select

from api.core.database import db
from api.roles.assignments import parse_assignments
from api.roles.models import select_role_assignments
from api.sessions.models import Session
from api.sessions.refresh_tokens import RefreshToken
from api.users.email_verification import is_required
from api.users.models import User


class IssuedRow(NamedTuple):
    """The columns of a session that a client receives, and the user's role assignments."""

    session_id: UUID
    user_id: UUID
    expires_at: datetime
    idle_until: datetime
    must_change_password: bool
    must_verify_email: bool
    roles: str


class IssuedSession(NamedTuple):
    """A session with its newest refresh token, of which the database has only a digest."""

    session_id: UUID
    user_id: UUID
    ends_at: datetime
    must_change_password: bool
    must_verify_email: bool
    roles: tuple[str, ...]
    refresh_token: str
    device_token: str | None = None  # only of a session that a password has just opened


# The full name, because SQLAlchemy removes the table from columns in RETURNING on SQLite: a
# subquery would compare its own ``user_id`` with itself, and return the roles of all users.
OWNER_ID: ColumnElement[UUID] = literal_column("sessions.user_id")
MUST_CHANGE_PASSWORD = select(User.must_change_password).where(User.id == OWNER_ID)
MUST_VERIFY_EMAIL = select(User.must_verify_email).where(User.id == OWNER_ID)

ISSUED_COLUMNS = (
    Session.id,
    Session.user_id,
    Session.expires_at,
    Session.idle_until,
    MUST_CHANGE_PASSWORD.scalar_subquery(),
    MUST_VERIFY_EMAIL.scalar_subquery(),
    select_role_assignments(OWNER_ID),
)


def make_issued_session(row: IssuedRow, refresh_token: str) -> IssuedSession:
    """Return a session with this refresh token; it ends when it is idle or expires."""
    ends_at = min(row.idle_until, row.expires_at)
    roles = parse_assignments(row.roles).roles
    must_verify_email = row.must_verify_email and is_required()
    return IssuedSession(
        row.session_id,
        row.user_id,
        ends_at,
        row.must_change_password,
        must_verify_email,
        roles,
        refresh_token,
    )


def read_issued_session(token: RefreshToken) -> IssuedSession:
    """Return the session of its newest refresh token, read in the current transaction."""
    columns = select(*ISSUED_COLUMNS).where(Session.id == token.session_id)
    return make_issued_session(IssuedRow(*db.session.execute(columns).one()), token.text)
