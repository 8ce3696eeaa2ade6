"""What administrators can do about the sessions of others."""

from uuid import UUID

from api.audit.service import Event, record
from api.core.principal import Principal
from api.sessions import service as sessions
from api.sessions.models import Reason
from api.sessions.service import Shown
from api.users.accounts import lock_manageable_user
from api.users.service import known


def sessions_of(user_id: UUID, *, by: Principal) -> list[Shown]:
    known(user_id)
    return sessions.of(user_id, current=by.session_id)


def end_session_of(user_id: UUID, session_id: UUID, *, by: Principal) -> None:
    """End a session of somebody.

    Raises:
        SessionNotFound: it is somebody else's, or has ended.
    """
    lock_manageable_user(user_id, by=by)
    reason = Reason.LOGGED_OUT if user_id == by.id else Reason.ENDED_BY_ADMINISTRATOR
    sessions.end(session_id, of_user=user_id, reason=reason, by=by)


def end_sessions_of(user_id: UUID, *, by: Principal) -> None:
    """End all sessions of somebody."""
    lock_manageable_user(user_id, by=by)
    ended = sessions.end_all(user_id, reason=Reason.ENDED_BY_ADMINISTRATOR)
    record(Event.SESSIONS_ENDED, subject=user_id, by=by.id, sessions_ended=ended)
