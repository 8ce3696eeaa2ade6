from api.account_pages.pages import LinkPage, Values
from api.email_change import service
from api.mail.limits import REQUESTS
from api.mail.links import LinkedPage
from api.one_time_tokens.models import OneTimeToken, TokenPurpose


class ConfirmEmailChange(LinkPage):
    linked = LinkedPage.CONFIRM_EMAIL_CHANGE
    purpose = TokenPurpose.CONFIRM_EMAIL_CHANGE
    limit = REQUESTS

    def describe(self, token: OneTimeToken) -> Values:
        return {"email": token.email}

    def execute(self, token: str, prepared: object) -> Values:  # noqa: ARG002  has no other field
        service.confirm(token)
        return {}
