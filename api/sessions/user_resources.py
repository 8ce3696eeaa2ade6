"""The endpoints of a user's sessions, for administrators."""

from uuid import UUID

from api.core.permissions import Permission
from api.core.principal import Principal
from api.sessions import schemas, user_sessions
from api.sessions.errors import SessionNotFound
from api.sessions.resources import Sessions
from api.users.errors import UserNotFound
from api.web.links import Link
from api.web.restx import Namespace, Resource

LISTED = {
    "end_user_session": Link(
        {"user_id": "$request.path.user_id", "session_id": "$response.body#/items/0/id"}
    )
}

ns = Namespace(
    "user_sessions",
    path="/api",
    description="See and end the sessions of any user, for administrators.",
)


@ns.route("/users/<uuid:user_id>/sessions")
class UserSessions(Resource):
    @ns.operation(
        "list_user_sessions",
        response=schemas.sessions,
        permission=Permission.SESSIONS_READ,
        own=True,
        errors=[UserNotFound],
        links=LISTED,
    )
    def get(self, user_id: UUID, *, by: Principal) -> Sessions:
        """List the sessions of a user, the most recently used first.

        The list has the same content as `GET /api/me/sessions`, without pages. `current` is true
        only if you list your own sessions.
        """
        return Sessions(user_sessions.list_sessions(user_id, by=by))

    @ns.operation(
        "end_user_sessions",
        status=204,
        permission=Permission.SESSIONS_WRITE,
        own=True,
        errors=[UserNotFound],
    )
    def delete(self, user_id: UUID, *, by: Principal) -> None:
        """End all sessions of a user.

        You must have all permissions that the user has. All tokens of the user stop working at
        once, but the user can log in again: to prevent that, suspend the account with
        `PATCH /api/users/{user_id}`. If it is your own account, this session ends too. The audit
        log records `sessions.ended` with their number, or nothing if there was none.
        """
        user_sessions.end_sessions(user_id, by=by)


@ns.route("/users/<uuid:user_id>/sessions/<uuid:session_id>")
class UserSession(Resource):
    @ns.operation(
        "end_user_session",
        status=204,
        permission=Permission.SESSIONS_WRITE,
        own=True,
        errors=[UserNotFound, SessionNotFound],
    )
    def delete(self, user_id: UUID, session_id: UUID, *, by: Principal) -> None:
        """End a session of a user.

        You must have all permissions that the user has. `GET /api/users/{user_id}/sessions` lists
        the ids. A session that belongs to another user or has already ended is not found. The audit
        log records `session.ended` with the reason `ended_by_administrator`, or `logged_out` if it
        is your own.
        """
        user_sessions.end_session(user_id, session_id, by=by)
