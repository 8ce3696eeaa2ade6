from api.account_pages import texts
from api.account_pages.pages import LinkPage, Values
from api.languages.timestamps import format_timestamp
from api.mail.links import LinkedPage
from api.one_time_tokens.models import OneTimeToken, TokenPurpose
from api.users import own_deletion


class CancelDeletion(LinkPage):
    linked = LinkedPage.CANCEL_DELETION
    purpose = TokenPurpose.CANCEL_DELETION

    def describe(self, token: OneTimeToken) -> Values:
        erase_at = format_timestamp(token.expires_at, texts.get_language())
        return {"email": token.email, "erase_at": erase_at}

    def execute(self, token: str, prepared: object) -> Values:  # noqa: ARG002  has no other field
        own_deletion.cancel(token)
        return {}
