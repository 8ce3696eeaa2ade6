from api.core.errors import Unauthenticated


class InvalidCredentials(Unauthenticated):
    code = "invalid_credentials"
    title = "Invalid credentials"
    detail = "The username, the e-mail address or the password is wrong."
    remedy = "Check your input; after too many attempts you have to wait."
    commits = True
