from api.core.errors import ApiError


class InvalidOneTimeToken(ApiError):
    status = 400
    code = "invalid_one_time_token"
    title = "Invalid token"
    detail = "The one-time token is unknown, expired or already used."
    remedy = "Request a new mail, and use the link in the newest one."
