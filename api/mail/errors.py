from api.core.errors import ApiError


class MailUnavailable(ApiError):
    status = 403
    code = "mail_unavailable"
    title = "Mail unavailable"
    detail = "This service sends no mail, and this operation needs it."
    remedy = "Ask the operator to configure a mail server (MAIL_URL), or ask an administrator."
