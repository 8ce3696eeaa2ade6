"""The sessions of any user, for administrators."""

from uuid import UUID

from api.core.principal import Principal
from api.sessions import service as sessions
from api.sessions.service import ListedSession
from api.users.accounts import lock_manageable_user
from api.users.service import get_profile


def list_sessions(user_id: UUID, *, by: Principal) -> list[ListedSession]:
    """Return the sessions of a user, as ``service.list_sessions`` does.

    Raises:
        UserNotFound: no user has this id.
    """
    get_profile(user_id)
    return sessions.list_sessions(user_id, current_id=by.session_id)


def end_session(user_id: UUID, session_id: UUID, *, by: Principal) -> None:
    """End a session of a user.

    Raises:
        PermissionDenied: the user has a permission that the caller lacks.
        UserNotFound: no user has this id.
        SessionNotFound: it belongs to another user, or has ended.
    """
    lock_manageable_user(user_id, by=by)
    sessions.end_session(session_id, user_id=user_id, by=by)


def end_sessions(user_id: UUID, *, by: Principal) -> None:
    """End all sessions of a user.

    Raises:
        PermissionDenied: the user has a permission that the caller lacks.
        UserNotFound: no user has this id.
    """
    lock_manageable_user(user_id, by=by)
    sessions.end_sessions(user_id, by=by)
