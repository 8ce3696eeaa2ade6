from api.core.errors import Unauthenticated


class InvalidCredentials(Unauthenticated):
    code = "invalid_credentials"
    title = "Invalid credentials"
    detail = "The username, the address or the password is wrong."
    remedy = "Check what you typed; after too many tries you have to wait."
    commits = True
