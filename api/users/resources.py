"""The endpoints: call one service function, return what it returned."""

from uuid import UUID

from api.core.errors import StepUpRequired
from api.core.etags import ExpectedVersion
from api.core.keyset import Page
from api.core.permissions import Permission
from api.core.principal import Principal
from api.roles.errors import RoleBuiltIn, RoleNotFound
from api.users import grants, schemas, search, service
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
        response=schemas.user_page,
        permission=Permission.USERS_READ,
        headers=next_page("/api/users"),
    )
    def get(self, *, query: schemas.UserSearch) -> Page[Profile]:
        """Find users, page by page.

        Filters combine. Follow `next` (or the `Link` header) until it is null.
        """
        return search.find(query)

    @ns.operation(
        "create_user",
        body=schemas.user_creation,
        prepare=service.prepare,
        response=schemas.user,
        status=201,
        permission=Permission.USERS_WRITE,
        errors=[UsernameTaken, EmailTaken],
        versioned=True,
        idempotent=True,
        headers=location("/api/users"),
        links=CREATED,
    )
    def post(self, *, body: schemas.PreparedUser, by: Principal) -> User:
        """Open an account for somebody.

        With `roles` it takes `roles:write` too, and all permissions that these roles carry.
        """
        return service.create_for(body, by=by)


@ns.route("/users/<uuid:user_id>")
class OneUser(Resource):
    @ns.operation(
        "get_user",
        response=schemas.user,
        permission=Permission.USERS_READ,
        own=True,
        errors=[UserNotFound],
        versioned=True,
    )
    def get(self, user_id: UUID, *, by: Principal) -> Profile:
        """Read a user.

        Everyone may read themselves.
        """
        return service.read(user_id, by=by)

    @ns.operation(
        "replace_user",
        body=schemas.user_replacement,
        response=schemas.user,
        permission=Permission.USERS_WRITE,
        errors=[UserNotFound, UsernameTaken, EmailTaken, LastAdministrator],
        versioned=True,
    )
    def put(
        self,
        user_id: UUID,
        *,
        body: schemas.UserReplacement,
        by: Principal,
        if_match: ExpectedVersion,
    ) -> User:
        """Replace all of a user that can be changed."""
        return service.replace(user_id, body, by=by, if_match=if_match)

    @ns.operation(
        "update_user",
        body=schemas.user_patch,
        response=schemas.user,
        permission=Permission.USERS_WRITE,
        own=True,
        errors=[UserNotFound, UsernameTaken, EmailTaken, LastAdministrator],
        versioned=True,
    )
    def patch(
        self,
        user_id: UUID,
        *,
        body: schemas.UserPatch,
        by: Principal,
        if_match: ExpectedVersion,
    ) -> User:
        """Change some of a user.

        Everyone may change their own username, display name and `user_metadata`.
        """
        return service.update(user_id, body, by=by, if_match=if_match)

    @ns.operation(
        "delete_user",
        status=204,
        permission=Permission.USERS_WRITE,
        errors=[UserNotFound, LastAdministrator],
        versioned=True,
    )
    def delete(self, user_id: UUID, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Delete a user.

        The name and the address are free at once. Until it is purged, 30 days later by default,
        the user can be restored.
        """
        service.delete(user_id, by=by, if_match=if_match)


@ns.route("/users/<uuid:user_id>/restore")
class RestoredUser(Resource):
    @ns.operation(
        "restore_user",
        response=schemas.user,
        permission=Permission.USERS_WRITE,
        errors=[UserNotFound, UsernameTaken, EmailTaken],
    )
    def post(self, user_id: UUID, *, by: Principal) -> User:
        """Restore a deleted user, with all roles."""
        return service.restore(user_id, by=by)


@ns.route("/users/<uuid:user_id>/roles/<slug:name>")
class RoleOfUser(Resource):
    @ns.operation(
        "grant_role",
        status=204,
        versioned=True,
        permission=Permission.ROLES_WRITE,
        errors=[UserNotFound, RoleNotFound, TooManyRolesHeld],
    )
    def put(self, user_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Grant a role to a user.

        It takes all permissions that the role carries, and all that the user holds.
        """
        grants.grant(user_id, name, by=by, if_match=if_match)

    @ns.operation(
        "withdraw_role",
        status=204,
        versioned=True,
        permission=Permission.ROLES_WRITE,
        errors=[UserNotFound, RoleNotFound, RoleBuiltIn, LastAdministrator],
    )
    def delete(self, user_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Withdraw a role from a user.

        It takes all permissions that the role carries, and all that the user holds. It bites on
        the next request.
        """
        grants.withdraw(user_id, name, by=by, if_match=if_match)


@ns.route("/me")
class Me(Resource):
    @ns.operation("get_me", authenticated=True, response=schemas.user, versioned=True)
    def get(self, *, by: Principal) -> Profile:
        """Read your own account."""
        return service.read(by.id, by=by)

    @ns.operation(
        "update_me",
        authenticated=True,
        body=schemas.profile_patch,
        response=schemas.user,
        errors=[UsernameTaken],
        versioned=True,
    )
    def patch(
        self, *, body: schemas.ProfilePatch, by: Principal, if_match: ExpectedVersion
    ) -> User:
        """Change your own username, display name or metadata."""
        return service.update(by.id, body, by=by, if_match=if_match)

    @ns.operation(
        "delete_me",
        authenticated=True,
        status=204,
        errors=[StepUpRequired, LastAdministrator],
        versioned=True,
    )
    def delete(self, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Delete your own account.

        It takes that the password was given a short while ago (`POST /api/me/reauthenticate`).
        """
        service.delete_own(by=by, if_match=if_match)
