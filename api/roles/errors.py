from api.core.errors import Conflict, NotFound


class RoleNotFound(NotFound):
    code = "role_not_found"
    title = "Role not found"
    detail = "There is no such role."
    remedy = "List the roles to find its name."


class RoleTaken(Conflict):
    code = "role_taken"
    title = "Role name taken"
    detail = "There is already a role with this name."
    remedy = "Change that role, or choose another name."


class RoleBuiltIn(Conflict):
    code = "role_built_in"
    title = "Built-in role"
    detail = "The role is built in and does not allow this change."
    remedy = "Define another role. Of the built-in roles, only `user` can be changed."


class RoleInUse(Conflict):
    code = "role_in_use"
    title = "Role in use"
    detail = "The role is assigned to at least one user or service account."
    remedy = (
        "List the users and the service accounts with the filter `role`, withdraw the role from "
        "them, then delete it."
    )


class TooManyRoles(Conflict):
    code = "too_many_roles"
    title = "Too many roles"
    detail = "The maximum number of roles is reached."
    remedy = "Delete a role that is not needed."
