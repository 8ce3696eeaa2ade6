"""The endpoints of permissions and roles."""

from api.core.etags import ExpectedVersion
from api.core.permissions import Permission
from api.core.principal import Principal
from api.roles import schemas, service
from api.roles.errors import RoleBuiltIn, RoleInUse, RoleNotFound, RoleTaken, TooManyRoles
from api.roles.models import Role
from api.roles.service import Collection
from api.web.headers import location
from api.web.restx import Namespace, Resource

ns = Namespace("roles", path="/api", description="Roles and permissions")

ROLE_NAME = {"name": "$response.body#/name"}
CREATED = {"get_role": ROLE_NAME, "update_role": ROLE_NAME, "delete_role": ROLE_NAME}


@ns.route("/permissions")
class Permissions(Resource):
    @ns.operation(
        "list_permissions",
        response=schemas.permissions,
        permission=Permission.ROLES_READ,
    )
    def get(self) -> Collection:
        """List all permissions."""
        return service.list_permissions()


@ns.route("/roles")
class Roles(Resource):
    @ns.operation(
        "list_roles",
        response=schemas.roles,
        permission=Permission.ROLES_READ,
    )
    def get(self) -> Collection:
        """List all roles in the order of their names."""
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

        You can give it only permissions that you have.
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
        """Change the description or the permissions of a role.

        You must have all permissions that the role carries before and after the change. The role
        `admin` cannot be changed.
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
        """Delete a role that no user has.

        You must have all permissions that the role carries.
        """
        service.delete(name, by=by, if_match=if_match)
