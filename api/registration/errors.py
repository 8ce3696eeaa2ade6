from api.core.errors import Refusal


class RegistrationClosed(Refusal):
    status = 403
    code = "registration_closed"
    title = "Registration closed"
    detail = "Accounts are opened by administrators only."
    remedy = "Ask an administrator for an account."
