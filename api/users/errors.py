from api.core.errors import Conflict, NotFound


class UserNotFound(NotFound):
    code = "user_not_found"
    title = "User not found"
    detail = "There is no such user."
    remedy = "List the users to find the id. The user may have been deleted."


class UsernameTaken(Conflict):
    code = "username_taken"
    title = "Username taken"
    detail = "Another account uses this username, perhaps in other letter case."
    remedy = "Choose another username."


class EmailTaken(Conflict):
    code = "email_taken"
    title = "E-mail address taken"
    detail = "Another account uses this e-mail address, perhaps in another spelling."
    remedy = "Log in to that account, or use another e-mail address."


class ExternalIdTaken(Conflict):
    code = "external_id_taken"
    title = "External id taken"
    detail = "Another account has this id of the same external source."
    remedy = "Find that account with the filters `external_source` and `external_id`."


class TooManyRolesHeld(Conflict):
    code = "too_many_roles_held"
    title = "Too many roles of one account"
    detail = "The account has the maximum number of roles. The access tokens contain all of them."
    remedy = "Withdraw a role first, or define one role with the permissions of several."


class LastAdministrator(Conflict):
    code = "last_administrator"
    title = "Last administrator"
    detail = "This is the last active administrator. Without one, users cannot be managed."
    remedy = "Grant the role `admin` to another user first."
