from api.core.errors import Conflict, NotFound


class UserNotFound(NotFound):
    code = "user_not_found"
    title = "User not found"
    detail = "There is no such user."
    remedy = "List the users to find the id; the account may have been deleted."


class UsernameTaken(Conflict):
    code = "username_taken"
    title = "Username taken"
    detail = "Another account uses this username, perhaps in other letter case."
    remedy = "Choose another username."


class EmailTaken(Conflict):
    code = "email_taken"
    title = "Address taken"
    detail = "Another account uses this email address, perhaps in another spelling."
    remedy = "Log in to that account, or use another address."


class TooManyRolesHeld(Conflict):
    code = "too_many_roles_held"
    title = "Too many roles held"
    detail = "The account holds as many roles as it can; all of them stand in its access tokens."
    remedy = "Withdraw a role first, or define one that carries what several do."


class LastAdministrator(Conflict):
    code = "last_administrator"
    title = "Last administrator"
    detail = "This is the last active administrator, without whom nobody could manage users."
    remedy = "Make someone else an administrator first."
