from api.core.errors import Conflict


class OwnPassword(Conflict):
    code = "own_password"
    title = "Own password"
    detail = "Your own password cannot be set this way."
    remedy = "Change it with `POST /api/me/password`, which verifies the current one."
