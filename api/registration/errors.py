from api.core.errors import ApiError


class RegistrationClosed(ApiError):
    status = 403
    code = "registration_closed"
    title = "Registration closed"
    detail = "Users cannot register. Only administrators create accounts."
    remedy = "Ask an administrator for an account."
