from api.core.errors import RateLimited


class TooManyAttempts(RateLimited):
    detail = "There were too many attempts to verify a password for this account."
