from api.account_pages.pages import LinkPage, Values
from api.email_change import service
from api.mail.limits import REQUESTS
from api.mail.links import LinkedPage
from api.one_time_tokens.models import OneTimeToken, TokenPurpose


class CancelEmailChange(LinkPage):
    linked = LinkedPage.CANCEL_EMAIL_CHANGE
    purpose = TokenPurpose.CANCEL_EMAIL_CHANGE
    limit = REQUESTS

    def describe(self, token: OneTimeToken) -> Values:
        return {"email": token.email}

    def execute(self, token: str, prepared: object) -> Values:  # noqa: ARG002  has no other field
        service.cancel(token)
        return {}
