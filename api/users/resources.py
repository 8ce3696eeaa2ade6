"""The endpoints of users and their role assignments."""

from uuid import UUID

from api.core.errors import StepUpRequired
from api.core.etags import ExpectedVersion
from api.core.keyset import Page
from api.core.permissions import Permission
from api.core.principal import Principal
from api.roles.errors import RoleBuiltIn, RoleNotFound
from api.users import role_assignments, schemas, search, search_schemas, service
from api.users.errors import (
    EmailTaken,
    ExternalIdTaken,
    LastAdministrator,
    TooManyRolesHeld,
    UsernameTaken,
    UserNotFound,
)
from api.users.models import Profile, User
from api.web.headers import location, next_page
from api.web.restx import Namespace, Resource

ns = Namespace("users", path="/api", description="Users and their roles")

USER_ID = {"user_id": "$response.body#/id"}
NAMES_TAKEN = [UsernameTaken, EmailTaken, ExternalIdTaken]
CREATED = {"get_user": USER_ID, "update_user": USER_ID, "delete_user": USER_ID}


@ns.route("/users")
class Users(Resource):
    @ns.operation(
        "list_users",
        query=search_schemas.user_search,
        response=search_schemas.user_page,
        permission=Permission.USERS_READ,
        headers=next_page("/api/users"),
    )
    def get(self, *, query: search_schemas.UserSearch) -> Page[Profile]:
        """List users in pages.

        A user is listed if all filters match. Send `next` as `cursor`, or follow the `Link` header,
        until `next` is null.
        """
        return search.find(query)

    @ns.operation(
        "create_user",
        body=schemas.user_creation,
        prepare=service.prepare,
        response=schemas.user,
        status=201,
        permission=Permission.USERS_WRITE,
        errors=NAMES_TAKEN,
        versioned=True,
        idempotent=True,
        headers=location("/api/users"),
        links=CREATED,
    )
    def post(self, *, body: schemas.PreparedUser, by: Principal) -> User:
        """Create a user.

        Without a password the user cannot log in yet. With `roles` you also need `roles:write`, and
        all permissions that these roles carry.
        """
        return service.create_for(body, by=by)


@ns.route("/users/<uuid:user_id>")
class SingleUser(Resource):
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

        Users may read their own account without a permission.
        """
        return service.read(user_id, by=by)

    @ns.operation(
        "replace_user",
        body=schemas.user_replacement,
        response=schemas.user,
        permission=Permission.USERS_WRITE,
        errors=[UserNotFound, *NAMES_TAKEN, LastAdministrator],
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
        """Replace all members of a user that can be changed.

        You must have all permissions of the user.
        """
        return service.replace(user_id, body, by=by, if_match=if_match)

    @ns.operation(
        "update_user",
        body=schemas.user_patch,
        response=schemas.user,
        permission=Permission.USERS_WRITE,
        own=True,
        errors=[UserNotFound, *NAMES_TAKEN, LastAdministrator],
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
        """Change some members of a user.

        You must have all permissions of the user. Users may change their own username, display
        name and `user_metadata` without a permission.
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

        You must have all permissions of the user. The username and the e-mail address are free
        at once. The user can be restored until it is purged, by default 30 days later.
        """
        service.delete(user_id, by=by, if_match=if_match)


@ns.route("/users/<uuid:user_id>/restore")
class RestoredUser(Resource):
    @ns.operation(
        "restore_user",
        response=schemas.user,
        permission=Permission.USERS_WRITE,
        errors=[UserNotFound, *NAMES_TAKEN],
    )
    def post(self, user_id: UUID, *, by: Principal) -> User:
        """Restore a deleted user with its roles.

        You must have all permissions of the user.
        """
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

        You must have all permissions of the role and of the user.
        """
        role_assignments.grant_role(user_id, name, by=by, if_match=if_match)

    @ns.operation(
        "withdraw_role",
        status=204,
        versioned=True,
        permission=Permission.ROLES_WRITE,
        errors=[UserNotFound, RoleNotFound, RoleBuiltIn, LastAdministrator],
    )
    def delete(self, user_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Withdraw a role from a user.

        You must have all permissions of the role and of the user. The change has effect at the
        next request of the user.
        """
        role_assignments.withdraw_role(user_id, name, by=by, if_match=if_match)


@ns.route("/me")
class Me(Resource):
    @ns.operation(
        "get_me",
        authenticated=True,
        allow_temporary_password=True,
        response=schemas.user,
        versioned=True,
    )
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

        The password must have been verified recently, see `POST /api/me/reauthenticate`.
        """
        service.delete_own(by=by, if_match=if_match)
