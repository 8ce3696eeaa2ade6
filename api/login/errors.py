from api.core.errors import Unauthenticated


class InvalidCredentials(Unauthenticated):
    code = "invalid_credentials"
    title = "Invalid credentials"
    detail = "The username, the e-mail address or the password is wrong."
    remedy = "Check your input. After too many attempts you must wait."
    commits = True
