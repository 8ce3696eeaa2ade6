from api.core.errors import ApiError


class RegistrationClosed(ApiError):
    status = 403
    code = "registration_closed"
    title = "Registration closed"
    detail = "Accounts are opened by administrators only."
    remedy = "Ask an administrator for an account."
