"""What administrators can do about the sessions of others."""

from uuid import UUID

from api.audit.service import Event, record
from api.core.actor import Actor, Permission
from api.core.database import require
from api.sessions import service as sessions
from api.sessions.models import Reason
from api.sessions.service import Shown
from api.users.accounts import reached
from api.users.errors import UserNotFound
from api.users.models import User


def sessions_of(user_id: UUID, *, by: Actor) -> list[Shown]:
    by.must(Permission.SESSIONS_READ, unless_self=user_id)
    require(User, user_id, UserNotFound)
    return sessions.of(user_id, current=by.session_id)


def end_session_of(user_id: UUID, session_id: UUID, *, by: Actor) -> None:
    """End a session of somebody.

    Raises:
        SessionNotFound: it is somebody else's, or has ended.
    """
    by.must(Permission.SESSIONS_WRITE, unless_self=user_id)
    reached(user_id, by=by)
    reason = Reason.LOGGED_OUT if user_id == by.id else Reason.ENDED_BY_ADMINISTRATOR
    sessions.end(session_id, of_user=user_id, reason=reason, by=by)


def end_sessions_of(user_id: UUID, *, by: Actor) -> None:
    """End all sessions of somebody."""
    by.must(Permission.SESSIONS_WRITE, unless_self=user_id)
    reached(user_id, by=by)
    ended = sessions.end_all(user_id, reason=Reason.ENDED_BY_ADMINISTRATOR)
    record(Event.SESSIONS_ENDED, subject=user_id, by=by.id, sessions_ended=ended)
