"""The endpoints of users and their role assignments, for administrators."""

from uuid import UUID

from api.core.etags import ExpectedVersion
from api.core.keyset import Page
from api.core.permissions import Permission
from api.core.principal import Principal
from api.passwords.errors import PasswordCheckUnavailable
from api.roles.errors import RoleBuiltIn, RoleNotFound
from api.users import change_schemas, role_assignments, schemas, search, search_schemas, service
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
from api.web.links import Link, link_all
from api.web.restx import Namespace, Resource

ns = Namespace(
    "users",
    path="/api",
    description="Your own account, and the administration of users: find, create, change, "
    "suspend, delete and restore them, and grant them roles.",
)

NAMES_TAKEN = [UsernameTaken, EmailTaken, ExternalIdTaken]
CREATED = link_all(
    "get_user",
    "update_user",
    "replace_user",
    "delete_user",
    "grant_role",
    "set_user_password",
    "get_login_attempts",
    "clear_login_attempts",
    "list_user_sessions",
    "end_user_sessions",
    user_id="$response.body#/id",
)
LISTED = {
    "get_user": Link({"user_id": "$response.body#/items/0/id"}),
    "list_users": Link({"cursor": "$response.body#/next"}),
}
CURRENT_VERSION = {"user_id": "$response.body#/id", "If-Match": "$response.header.ETag"}
READ = link_all("update_user", "replace_user", "delete_user", **CURRENT_VERSION)
DELETED = link_all("restore_user", user_id="$request.path.user_id")
GRANTED = link_all("withdraw_role", user_id="$request.path.user_id", name="$request.path.name")


@ns.route("/users")
class Users(Resource):
    @ns.operation(
        "list_users",
        query=search_schemas.user_search,
        response=search_schemas.user_page,
        permission=Permission.USERS_READ,
        headers=next_page("/api/users"),
        links=LISTED,
    )
    def get(self, *, query: search_schemas.UserSearch) -> Page[Profile]:
        """List users in pages.

        A user is listed if all filters match. Deleted users are only listed with `deleted=true`.
        Send `next` as `cursor` with the same filters and the same `sort`, or follow the `Link`
        header, until `next` is null. Users who are created or deleted meanwhile do not shift the
        other pages.

        A page has at most 100 users. With `count=true` the response has `total`; counting reads all
        users that match, so send it with the first page only.
        """
        return search.find(query)

    @ns.operation(
        "create_user",
        body=schemas.user_creation,
        prepare=service.prepare,
        response=schemas.user,
        status=201,
        permission=Permission.USERS_WRITE,
        errors=[*NAMES_TAKEN, PasswordCheckUnavailable],
        versioned=True,
        idempotent=True,
        headers=location("/api/users"),
        links=CREATED,
    )
    def post(self, *, body: schemas.PreparedUser, by: Principal) -> User:
        """Create a user.

        The e-mail address and the username must be unused among users who are not deleted; letter
        case and Unicode spelling do not matter. Without a password the user cannot log in until
        `PUT /api/users/{user_id}/password` has set one. No mail is sent.

        With `roles` you also need `roles:write`, and all permissions that these roles carry. A user
        has at most 20 roles beside `user`. Send an `Idempotency-Key`, so that a repeated request
        does not create a second account. The audit log records `user.created`, and `role.granted`
        for each role.
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
        links=READ,
    )
    def get(self, user_id: UUID, *, by: Principal) -> Profile:
        """Read a user.

        A deleted user is not found here; `GET /api/users?deleted=true` lists it. Keep the `ETag`
        and send it as `If-Match` with a change, so that you do not overwrite the change of another
        administrator.
        """
        return service.read(user_id, by=by)

    @ns.operation(
        "replace_user",
        body=change_schemas.user_replacement,
        response=schemas.user,
        permission=Permission.USERS_WRITE,
        errors=[UserNotFound, *NAMES_TAKEN, LastAdministrator],
        versioned=True,
    )
    def put(
        self,
        user_id: UUID,
        *,
        body: change_schemas.UserReplacement,
        by: Principal,
        if_match: ExpectedVersion,
    ) -> User:
        """Replace all members of a user that can be changed.

        You must have all permissions that the user has. Send the user as you have read it, with
        your changes, and its ETag in `If-Match`. `status_reason` becomes null if it is left out;
        the external id stays as it is. Roles and the password have operations of their own. The
        response has no ETag: read the user again before the next change.

        The effects are those of `PATCH`: a suspension or a new e-mail address ends sessions, and
        the audit log records `user.updated`, `user.suspended` or `user.reactivated` if something
        has changed.
        """
        return service.replace(user_id, body, by=by, if_match=if_match)

    @ns.operation(
        "update_user",
        body=change_schemas.user_patch,
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
        body: change_schemas.UserPatch,
        by: Principal,
        if_match: ExpectedVersion,
    ) -> User:
        """Change some members of a user.

        You must have all permissions that the user has. Members that are left out stay as they are.
        Without the permission, users may change their own username, display name and
        `user_metadata`; a request with other members is answered with 403.

        `status: suspended` ends all sessions of the user, and no password is accepted until the
        status is `active` again. The last active administrator cannot be suspended. A new e-mail
        address ends the sessions of the user except the one that changes it. A username that is the
        e-mail address changes with it.

        The audit log records `user.suspended` or `user.reactivated` with the reason, and
        `user.updated` with the names of the other members that changed. If nothing changes, nothing
        is recorded.
        """
        return service.update(user_id, body, by=by, if_match=if_match)

    @ns.operation(
        "delete_user",
        status=204,
        permission=Permission.USERS_WRITE,
        errors=[UserNotFound, LastAdministrator],
        versioned=True,
        links=DELETED,
    )
    def delete(self, user_id: UUID, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Delete a user.

        You must have all permissions that the user has. All sessions of the user end, the API keys
        are revoked, and the username and the e-mail address are free for other accounts at once.
        For 30 days (DELETED_USERS_KEPT_DAYS) `POST /api/users/{user_id}/restore` undoes it. Then
        the account is purged when the operator runs `rollbook purge`; its id is never used again,
        and its audit events stay.

        The last active administrator cannot be deleted. The audit log records `user.deleted`, and
        `api_key.revoked` for each key.
        """
        service.delete(user_id, by=by, if_match=if_match)


@ns.route("/users/<uuid:user_id>/restore")
class RestoredUser(Resource):
    @ns.operation(
        "restore_user",
        response=schemas.user,
        permission=Permission.USERS_WRITE,
        errors=[UserNotFound, *NAMES_TAKEN],
        links=CREATED,
    )
    def post(self, user_id: UUID, *, by: Principal) -> User:
        """Restore a deleted user with its roles.

        You must have all permissions that the user has. `GET /api/users?deleted=true` lists the
        users that can be restored. Password, status and metadata are those from before; sessions
        stay ended, and API keys revoked. If another account has the username, the e-mail address or
        the external id now, the error says which: change that account first. A user who is not
        deleted, or has been purged, is not found. The audit log records `user.restored`.
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
        links=GRANTED,
    )
    def put(self, user_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Grant a role to a user.

        You must have all permissions that the role carries and that the user has. The permissions
        of the role work at the next request of the user; `roles` in access tokens contains the role
        after the next refresh. Nothing changes if the user already has the role, so the request can
        be repeated. A user has at most 20 roles beside `user`. The audit log records
        `role.granted`, and the user gets a new ETag.
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

        You must have all permissions that the role carries and that the user has. The user loses
        the permissions at the next request; access tokens that other services verify themselves
        name the role until they expire. Nothing changes if the user does not have the role.

        The role `user` cannot be withdrawn, nor `admin` from the last active administrator. The
        audit log records `role.withdrawn`, and the user gets a new ETag.
        """
        role_assignments.withdraw_role(user_id, name, by=by, if_match=if_match)
