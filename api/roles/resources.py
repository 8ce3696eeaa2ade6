"""The endpoints: call one service function, return what it returned."""

from typing import Any

from api.core.actor import Actor, Permission
from api.core.errors import PermissionDenied
from api.roles import schemas, service
from api.roles.errors import RoleBuiltIn, RoleInUse, RoleNotFound, RoleTaken, TooManyRoles
from api.roles.models import Role
from api.roles.service import Items
from api.web.headers import location
from api.web.restx import Namespace, Resource

ns = Namespace("roles", path="/api", description="What people may do")

ITS_NAME = {"name": "$response.body#/name"}
CREATED = {"get_role": ITS_NAME, "update_role": ITS_NAME, "delete_role": ITS_NAME}


@ns.route("/permissions")
class Permissions(Resource):
    @ns.operation(
        "list_permissions",
        answers=schemas.permissions,
        permission=Permission.ROLES_READ,
        refuses=[PermissionDenied],
    )
    def get(self, *, by: Actor) -> Items:
        """List all permissions there are."""
        return service.permissions(by=by)


@ns.route("/roles")
class Roles(Resource):
    @ns.operation(
        "list_roles",
        answers=schemas.roles,
        permission=Permission.ROLES_READ,
        refuses=[PermissionDenied],
    )
    def get(self, *, by: Actor) -> Items:
        """List all roles, by name."""
        return service.find(by=by)

    @ns.operation(
        "create_role",
        body=schemas.role_creation,
        answers=schemas.role,
        status=201,
        permission=Permission.ROLES_WRITE,
        refuses=[PermissionDenied, RoleTaken, TooManyRoles],
        headers=location("/api/roles", "name"),
        links=CREATED,
    )
    def post(self, *, body: dict[str, Any], by: Actor) -> Role:
        """Define a role.

        It can carry the permissions that you hold.
        """
        return service.create(body, by=by)


@ns.route("/roles/<slug:name>")
class OneRole(Resource):
    @ns.operation(
        "get_role",
        answers=schemas.role,
        permission=Permission.ROLES_READ,
        refuses=[PermissionDenied, RoleNotFound],
    )
    def get(self, name: str, *, by: Actor) -> Role:
        """Read a role."""
        return service.read(name, by=by)

    @ns.operation(
        "update_role",
        body=schemas.role_patch,
        answers=schemas.role,
        permission=Permission.ROLES_WRITE,
        refuses=[PermissionDenied, RoleNotFound, RoleBuiltIn],
    )
    def patch(self, name: str, *, body: dict[str, Any], by: Actor) -> Role:
        """Change what a role allows.

        It takes all permissions that the role carries and is to carry. That of administrators
        stays as it is.
        """
        return service.update(name, body, by=by)

    @ns.operation(
        "delete_role",
        status=204,
        permission=Permission.ROLES_WRITE,
        refuses=[PermissionDenied, RoleNotFound, RoleBuiltIn, RoleInUse],
    )
    def delete(self, name: str, *, by: Actor) -> None:
        """Delete a role that nobody holds."""
        service.delete(name, by=by)
