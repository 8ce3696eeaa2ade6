from api.core.errors import RateLimited, Unavailable


class TooManyAttempts(RateLimited):
    detail = "There were too many attempts to verify a password for this account."


class PasswordCheckUnavailable(Unavailable):
    code = "password_check_unavailable"
    title = "Password check unavailable"
    detail = "It cannot be checked now whether the new password is known from a breach."
    remedy = "Wait for the number of seconds in Retry-After, then try again."
