from api.core.errors import Conflict, NotFound


class RoleNotFound(NotFound):
    code = "role_not_found"
    title = "Role not found"
    detail = "There is no such role."
    remedy = "List the roles to find its name."


class RoleTaken(Conflict):
    code = "role_taken"
    title = "Role taken"
    detail = "There is a role of this name already."
    remedy = "Change that role, or choose another name."


class RoleBuiltIn(Conflict):
    code = "role_built_in"
    title = "Role built in"
    detail = "This role belongs to the service: everybody is a user, and administrators may do all."
    remedy = "Define a role of your own; of the built-in roles only what `user` allows can change."


class RoleInUse(Conflict):
    code = "role_in_use"
    title = "Role in use"
    detail = "Somebody holds this role."
    remedy = "Withdraw it from everybody first; list the users with `role` to find them."


class TooManyRoles(Conflict):
    code = "too_many_roles"
    title = "Too many roles"
    detail = "There are as many roles as there can be."
    remedy = "Delete a role that nobody needs."
