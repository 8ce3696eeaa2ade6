from api.core.errors import Conflict


class UserSuspended(Conflict):
    code = "user_suspended"
    title = "User suspended"
    detail = "The user is suspended, and could not log in with a new password."
    remedy = "Reactivate the user first."
