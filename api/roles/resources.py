"""The endpoints: call one service function, return what it returned."""

from api.core.etags import ExpectedVersion
from api.core.permissions import Permission
from api.core.principal import Principal
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
        response=schemas.permissions,
        permission=Permission.ROLES_READ,
    )
    def get(self) -> Items:
        """List all permissions there are."""
        return service.permissions()


@ns.route("/roles")
class Roles(Resource):
    @ns.operation(
        "list_roles",
        response=schemas.roles,
        permission=Permission.ROLES_READ,
    )
    def get(self) -> Items:
        """List all roles, by name."""
        return service.find()

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

        It can carry the permissions that you hold.
        """
        return service.create(body, by=by)


@ns.route("/roles/<slug:name>")
class OneRole(Resource):
    @ns.operation(
        "get_role",
        response=schemas.role,
        permission=Permission.ROLES_READ,
        errors=[RoleNotFound],
        versioned=True,
    )
    def get(self, name: str) -> Role:
        """Read a role."""
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
        """Change what a role allows.

        It takes all permissions that the role carries and is to carry. That of administrators
        stays as it is.
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
        """Delete a role that nobody holds."""
        service.delete(name, by=by, if_match=if_match)
