from collections.abc import Mapping

from api.account_pages.pages import TOKEN, LinkPage, Values
from api.mail.links import LinkedPage
from api.one_time_tokens.models import OneTimeToken, TokenPurpose
from api.password_reset import service
from api.password_reset.resources import PASSWORD_RESETS
from api.password_reset.schemas import PreparedReset


class ResetPassword(LinkPage):
    linked = LinkedPage.RESET_PASSWORD
    purpose = TokenPurpose.RESET_PASSWORD
    limit = PASSWORD_RESETS

    def describe(self, token: OneTimeToken) -> Values:
        return {"email": token.email}

    def prepare(self, form: Mapping[str, str]) -> PreparedReset:
        new_password = form.get("new_password", "")
        return service.prepare({"token": form.get(TOKEN, ""), "new_password": new_password})

    def execute(self, token: str, prepared: PreparedReset) -> Values:  # noqa: ARG002  it has it
        service.reset(prepared)
        return {}
