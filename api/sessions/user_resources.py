"""The endpoints of a user's sessions, for administrators."""

from uuid import UUID

from api.core.permissions import Permission
from api.core.principal import Principal
from api.sessions import schemas, user_sessions
from api.sessions.errors import SessionNotFound
from api.sessions.resources import Sessions
from api.users.errors import UserNotFound
from api.web.restx import Namespace, Resource

ns = Namespace("user_sessions", path="/api", description="The sessions of any user")


@ns.route("/users/<uuid:user_id>/sessions")
class UserSessions(Resource):
    @ns.operation(
        "list_user_sessions",
        response=schemas.sessions,
        permission=Permission.SESSIONS_READ,
        own=True,
        errors=[UserNotFound],
    )
    def get(self, user_id: UUID, *, by: Principal) -> Sessions:
        """List the sessions of a user, the most recently used first.

        A user can list their own sessions without the permission.
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

        A user can end their own sessions without the permission.
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

        A user can end their own sessions without the permission.
        """
        user_sessions.end_session(user_id, session_id, by=by)
