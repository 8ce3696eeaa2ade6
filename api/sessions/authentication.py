"""Authenticating a session: one query, which every request with an access token runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from api.core.errors import Unauthenticated
from api.core.principal import Assurance, SessionCredential
from api.core.reads import Query
from api.sessions.models import Session
from api.users.email_verification import is_required
from api.users.models import PROFILE_COLUMNS, Profile, Status, User
from api.users.service import UserPrincipal


class SessionPrincipal(UserPrincipal):
    """A user who acts in a session."""

    def require_still_valid(self) -> None:
        """Check that the session has not ended, and that no permission was withdrawn."""
        found = authenticate_session(self.session_id) if self.session_id else None
        if found is None:
            raise Unauthenticated
        found.require_all(self.permissions)


def _make_principal(
    session_id: UUID, assurance: str, authenticated_at: datetime, *row: Any
) -> UserPrincipal:
    profile = Profile(*row)
    credential = SessionCredential(session_id, Assurance(assurance), authenticated_at)
    return SessionPrincipal(
        id=profile.id,
        permissions=profile.permissions,
        credential=credential,
        must_change_password=profile.must_change_password,
        must_verify_email=profile.must_verify_email and is_required(),
        profile=profile,
    )


# The session, its account and the permissions are read together, so that the end of the session, a
# suspension or a withdrawn role has effect at the next request, on every worker.
active_session = Query(
    select(Session.id, Session.assurance, Session.authenticated_at, *PROFILE_COLUMNS)
    .join(User, User.id == Session.user_id)
    .where(
        Session.id == bindparam("session"),
        Session.ended_at.is_(None),
        User.status == Status.ACTIVE,
        User.deleted_at.is_(None),
    ),
    _make_principal,
)


def authenticate_session(session_id: UUID) -> UserPrincipal | None:
    """Return the user of a session that has not ended, if the account is active."""
    return active_session.first(session=session_id)
