"""The endpoints: call one service function, return what it returned."""

from typing import Any
from uuid import UUID

from api.core.actor import Actor, Permission
from api.core.errors import PermissionDenied, StepUpRequired
from api.core.keyset import Page
from api.core.versions import Expected
from api.roles.errors import RoleBuiltIn, RoleNotFound
from api.sessions.errors import SessionNotFound
from api.sessions.resources import Sessions
from api.sessions.schemas import sessions
from api.users import grants, schemas, search, service, supervision
from api.users.errors import (
    EmailTaken,
    LastAdministrator,
    TooManyRolesHeld,
    UsernameTaken,
    UserNotFound,
)
from api.users.models import Profile, User
from api.web.headers import location, next_page
from api.web.restx import Namespace, Resource

ns = Namespace("users", path="/api", description="People who have an account")

ITS_ID = {"user_id": "$response.body#/id"}
CREATED = {"get_user": ITS_ID, "update_user": ITS_ID, "delete_user": ITS_ID}


@ns.route("/users")
class Users(Resource):
    @ns.operation(
        "list_users",
        query=schemas.user_search,
        answers=schemas.user_page,
        permission=Permission.USERS_READ,
        refuses=[PermissionDenied],
        headers=next_page("/api/users"),
    )
    def get(self, *, query: dict[str, Any], by: Actor) -> Page[Profile]:
        """Find users, page by page.

        Filters combine. Follow `next` (or the `Link` header) until it is null.
        """
        return search.find(query, by=by)

    @ns.operation(
        "create_user",
        body=schemas.user_creation,
        answers=schemas.user,
        status=201,
        permission=Permission.USERS_WRITE,
        refuses=[PermissionDenied, UsernameTaken, EmailTaken],
        versioned=True,
        idempotent=True,
        headers=location("/api/users"),
        links=CREATED,
    )
    def post(self, *, body: dict[str, Any], by: Actor) -> User:
        """Open an account for somebody.

        With `roles` it takes `roles:write` too, and all permissions that these roles carry.
        """
        return service.create_for(body, by=by)


@ns.route("/users/<uuid:user_id>")
class OneUser(Resource):
    @ns.operation(
        "get_user",
        answers=schemas.user,
        permission=Permission.USERS_READ,
        own=True,
        refuses=[PermissionDenied, UserNotFound],
        versioned=True,
    )
    def get(self, user_id: UUID, *, by: Actor) -> Profile:
        """Read a user.

        Everyone may read themselves.
        """
        return service.read(user_id, by=by)

    @ns.operation(
        "replace_user",
        body=schemas.user_replacement,
        answers=schemas.user,
        permission=Permission.USERS_WRITE,
        refuses=[PermissionDenied, UserNotFound, UsernameTaken, EmailTaken, LastAdministrator],
        versioned=True,
    )
    def put(self, user_id: UUID, *, body: dict[str, Any], by: Actor, only_if: Expected) -> User:
        """Replace all of a user that can be changed."""
        return service.replace(user_id, body, by=by, only_if=only_if)

    @ns.operation(
        "update_user",
        body=schemas.user_patch,
        answers=schemas.user,
        permission=Permission.USERS_WRITE,
        own=True,
        refuses=[PermissionDenied, UserNotFound, UsernameTaken, EmailTaken, LastAdministrator],
        versioned=True,
    )
    def patch(self, user_id: UUID, *, body: dict[str, Any], by: Actor, only_if: Expected) -> User:
        """Change some of a user.

        Everyone may change their own username, display name and `user_metadata`.
        """
        return service.update(user_id, body, by=by, only_if=only_if)

    @ns.operation(
        "delete_user",
        status=204,
        permission=Permission.USERS_WRITE,
        refuses=[PermissionDenied, UserNotFound, LastAdministrator],
        versioned=True,
    )
    def delete(self, user_id: UUID, *, by: Actor, only_if: Expected) -> None:
        """Delete a user.

        The name and the address are free at once. Until it is purged, 30 days later by default,
        the user can be restored.
        """
        service.delete(user_id, by=by, only_if=only_if)


@ns.route("/users/<uuid:user_id>/restore")
class RestoredUser(Resource):
    @ns.operation(
        "restore_user",
        answers=schemas.user,
        permission=Permission.USERS_WRITE,
        refuses=[PermissionDenied, UserNotFound, UsernameTaken, EmailTaken],
    )
    def post(self, user_id: UUID, *, by: Actor) -> User:
        """Restore a deleted user, with all roles."""
        return service.restore(user_id, by=by)


@ns.route("/users/<uuid:user_id>/roles/<slug:name>")
class RoleOfUser(Resource):
    @ns.operation(
        "grant_role",
        status=204,
        versioned=True,
        permission=Permission.ROLES_WRITE,
        refuses=[PermissionDenied, UserNotFound, RoleNotFound, TooManyRolesHeld],
    )
    def put(self, user_id: UUID, name: str, *, by: Actor, only_if: Expected) -> None:
        """Grant a role to a user.

        It takes all permissions that the role carries, and all that the user holds.
        """
        grants.grant(user_id, name, by=by, only_if=only_if)

    @ns.operation(
        "withdraw_role",
        status=204,
        versioned=True,
        permission=Permission.ROLES_WRITE,
        refuses=[PermissionDenied, UserNotFound, RoleNotFound, RoleBuiltIn, LastAdministrator],
    )
    def delete(self, user_id: UUID, name: str, *, by: Actor, only_if: Expected) -> None:
        """Withdraw a role from a user.

        It takes all permissions that the role carries, and all that the user holds. It bites on
        the next request.
        """
        grants.withdraw(user_id, name, by=by, only_if=only_if)


@ns.route("/users/<uuid:user_id>/sessions")
class TheirSessions(Resource):
    @ns.operation(
        "list_sessions",
        answers=sessions,
        permission=Permission.SESSIONS_READ,
        own=True,
        refuses=[PermissionDenied, UserNotFound],
    )
    def get(self, user_id: UUID, *, by: Actor) -> Sessions:
        """See where somebody is logged in, the last used first.

        Everyone may see where they are themselves.
        """
        return Sessions(supervision.sessions_of(user_id, by=by))

    @ns.operation(
        "end_sessions",
        status=204,
        permission=Permission.SESSIONS_WRITE,
        own=True,
        refuses=[PermissionDenied, UserNotFound],
    )
    def delete(self, user_id: UUID, *, by: Actor) -> None:
        """Log somebody out everywhere.

        Everyone may do so to themselves.
        """
        supervision.end_sessions_of(user_id, by=by)


@ns.route("/users/<uuid:user_id>/sessions/<uuid:session_id>")
class TheirSession(Resource):
    @ns.operation(
        "end_session",
        status=204,
        permission=Permission.SESSIONS_WRITE,
        own=True,
        refuses=[PermissionDenied, UserNotFound, SessionNotFound],
    )
    def delete(self, user_id: UUID, session_id: UUID, *, by: Actor) -> None:
        """Log somebody out somewhere.

        Everyone may do so to themselves.
        """
        supervision.end_session_of(user_id, session_id, by=by)


@ns.route("/me")
class Me(Resource):
    @ns.operation("get_me", answers=schemas.user, versioned=True)
    def get(self, *, by: Actor) -> Profile:
        """Read your own account."""
        return service.read(by.id, by=by)

    @ns.operation(
        "update_me",
        body=schemas.profile_patch,
        answers=schemas.user,
        refuses=[UsernameTaken],
        versioned=True,
    )
    def patch(self, *, body: dict[str, Any], by: Actor, only_if: Expected) -> User:
        """Change your own username, display name or metadata."""
        return service.update(by.id, body, by=by, only_if=only_if)

    @ns.operation(
        "delete_me",
        status=204,
        refuses=[StepUpRequired, LastAdministrator],
        versioned=True,
    )
    def delete(self, *, by: Actor, only_if: Expected) -> None:
        """Delete your own account.

        It takes that the password was given a short while ago (`POST /api/me/reauthenticate`).
        """
        service.delete_own(by=by, only_if=only_if)
