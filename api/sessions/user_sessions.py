"""The sessions of any user, for administrators."""

from uuid import UUID

from api.core.events import Event, emit
from api.core.principal import Principal
from api.sessions import service as sessions
from api.sessions.models import Reason
from api.sessions.service import Shown
from api.users.accounts import lock_manageable_user
from api.users.service import get_profile


def list_sessions(user_id: UUID, *, by: Principal) -> list[Shown]:
    get_profile(user_id)
    return sessions.list_of_user(user_id, current=by.session_id)


def end_session(user_id: UUID, session_id: UUID, *, by: Principal) -> None:
    """End a session of a user.

    Raises:
        SessionNotFound: it is of another user, or has ended.
    """
    lock_manageable_user(user_id, by=by)
    reason = Reason.LOGGED_OUT if user_id == by.id else Reason.ENDED_BY_ADMINISTRATOR
    sessions.end(session_id, of_user=user_id, reason=reason, by=by)


def end_sessions(user_id: UUID, *, by: Principal) -> None:
    """End all sessions of a user."""
    lock_manageable_user(user_id, by=by)
    ended = sessions.end_all(user_id, reason=Reason.ENDED_BY_ADMINISTRATOR)
    emit(Event.SESSIONS_ENDED, subject=user_id, by=by, sessions_ended=ended)
