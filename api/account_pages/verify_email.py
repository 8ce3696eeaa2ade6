from api.account_pages.pages import LinkPage, Values
from api.email_verification import service
from api.mail.links import LinkedPage
from api.one_time_tokens.models import OneTimeToken, TokenPurpose


class VerifyEmail(LinkPage):
    linked = LinkedPage.VERIFY_EMAIL
    purpose = TokenPurpose.VERIFY_EMAIL

    def describe(self, token: OneTimeToken) -> Values:
        return {"email": token.email}

    def execute(self, token: str, prepared: object) -> Values:  # noqa: ARG002  has no other field
        service.verify(token)
        return {}
