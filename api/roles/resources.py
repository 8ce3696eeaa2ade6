"""The endpoints of permissions and roles."""

from api.core.etags import ExpectedVersion
from api.core.permissions import Permission
from api.core.principal import Principal
from api.roles import schemas, service
from api.roles.errors import RoleBuiltIn, RoleInUse, RoleNotFound, RoleTaken, TooManyRoles
from api.roles.models import Role
from api.roles.service import Collection
from api.web.headers import location
from api.web.links import Link, link_all
from api.web.restx import Namespace, Resource

ns = Namespace(
    "roles",
    path="/api",
    description="Define roles, which carry permissions. A user or a service account has "
    "all permissions of all roles that are granted to it.",
)

CREATED = link_all("get_role", "update_role", "delete_role", name="$response.body#/name")
LISTED = {"get_role": Link({"name": "$response.body#/items/0/name"})}
CURRENT_VERSION = {"name": "$response.body#/name", "If-Match": "$response.header.ETag"}
READ = link_all("update_role", "delete_role", **CURRENT_VERSION)


@ns.route("/permissions")
class Permissions(Resource):
    @ns.operation(
        "list_permissions",
        response=schemas.permissions,
        permission=Permission.ROLES_READ,
    )
    def get(self) -> Collection:
        """List all permissions.

        They are defined by this version of the service; a later version can add some. Choose among
        them when you define a role. The list is complete: it has no pages.
        """
        return service.list_permissions()


@ns.route("/roles")
class Roles(Resource):
    @ns.operation(
        "list_roles",
        response=schemas.roles,
        permission=Permission.ROLES_READ,
        links=LISTED,
    )
    def get(self) -> Collection:
        """List all roles in the order of their names.

        The list is complete: it has no pages, because there are at most 1,000 roles. The built-in
        roles are `admin`, which has all permissions, also those that later versions add, and
        `user`, which every user has.
        """
        return service.list_roles()

    @ns.operation(
        "create_role",
        body=schemas.role_creation,
        response=schemas.role,
        status=201,
        permission=Permission.ROLES_WRITE,
        errors=[RoleTaken, TooManyRoles],
        versioned=True,
        idempotent=True,
        headers=location("/api/roles", "name"),
        links=CREATED,
    )
    def post(self, *, body: schemas.RoleCreation, by: Principal) -> Role:
        """Define a role.

        You can give it only permissions that you have. The name identifies the role and cannot be
        changed later. There can be at most 1,000 roles. Grant the role with
        `PUT /api/users/{user_id}/roles/{name}`. The audit log records `role.created`.
        """
        return service.create(body, by=by)


@ns.route("/roles/<slug:name>")
class SingleRole(Resource):
    @ns.operation(
        "get_role",
        response=schemas.role,
        permission=Permission.ROLES_READ,
        errors=[RoleNotFound],
        versioned=True,
        links=READ,
    )
    def get(self, name: str) -> Role:
        """Read a role.

        Keep the `ETag` for `PATCH` and `DELETE`. `GET /api/users?role=…` lists the users who have
        the role.
        """
        return service.read(name)

    @ns.operation(
        "update_role",
        body=schemas.role_patch,
        response=schemas.role,
        permission=Permission.ROLES_WRITE,
        errors=[RoleNotFound, RoleBuiltIn],
        versioned=True,
    )
    def patch(
        self, name: str, *, body: schemas.RolePatch, by: Principal, if_match: ExpectedVersion
    ) -> Role:
        """Change the description or the permissions of a role.

        You must have all permissions that the role carries before and after the change. Members
        that are left out stay as they are; `permissions` is replaced as a whole. All users of the
        role have the new permissions at their next request. The role `admin` cannot be changed.

        The audit log records `role.updated` with the names of the members that changed, or nothing
        if none did.
        """
        return service.update(name, body, by=by, if_match=if_match)

    @ns.operation(
        "delete_role",
        status=204,
        permission=Permission.ROLES_WRITE,
        errors=[RoleNotFound, RoleBuiltIn, RoleInUse],
        versioned=True,
    )
    def delete(self, name: str, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Delete a role that neither a user nor a service account has.

        You must have all permissions that the role carries. First withdraw it from its users, which
        `GET /api/users?role=…` lists, and from its service accounts, which
        `GET /api/service-accounts?role=…` lists. Deleted users count as well, until they are
        purged. The built-in roles `admin` and `user` cannot be deleted. The audit log records
        `role.deleted`.
        """
        service.delete(name, by=by, if_match=if_match)
