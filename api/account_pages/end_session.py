from api.account_pages.pages import LinkPage, Values
from api.login_notices import new_devices
from api.mail.links import LinkedPage
from api.one_time_tokens.models import OneTimeToken, TokenPurpose


class EndSession(LinkPage):
    linked = LinkedPage.END_SESSION
    purpose = TokenPurpose.END_SESSION

    def describe(self, token: OneTimeToken) -> Values:
        return {"login": new_devices.find_login(token)}

    def execute(self, token: str, prepared: object) -> Values:  # noqa: ARG002  has no other field
        new_devices.end_session(token)
        return {}
