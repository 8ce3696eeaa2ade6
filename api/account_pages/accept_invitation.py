from collections.abc import Mapping

from api.account_pages.pages import TOKEN, LinkPage, Values
from api.core.errors import InvalidRequest, ValidationError
from api.core.runtime import current_settings
from api.core.validation_rules import ValidationRule
from api.invitations import acceptance
from api.invitations.schemas import InvitationAcceptance, PreparedAcceptance
from api.invitations.schemas import acceptance as model
from api.mail.links import LinkedPage
from api.one_time_tokens.models import OneTimeToken, TokenPurpose
from api.registration.resources import REGISTRATIONS
from api.users.errors import UsernameTaken
from api.web.schemas import Input

USERNAME, PASSWORD = "username", "password"  # the names of the fields
TAKEN = ValidationError(f"/{USERNAME}", ValidationRule.USERNAME, "is taken")


class AcceptInvitation(LinkPage):
    linked = LinkedPage.ACCEPT_INVITATION
    purpose = TokenPurpose.ACCEPT_INVITATION
    limit = REGISTRATIONS

    def describe(self, token: OneTimeToken) -> Values:
        invitation = acceptance.find_open(token)
        return {
            "email": invitation.email,
            "username": invitation.username or "",
            "usernames": current_settings().usernames,
        }

    def prepare(self, form: Mapping[str, str]) -> PreparedAcceptance:
        given = InvitationAcceptance(token=form.get(TOKEN, ""), password=form.get(PASSWORD, ""))
        if USERNAME in form:  # without usernames there is no such field
            given["username"] = form[USERNAME].strip() or None
        Input(model).check(dict(given))
        return acceptance.prepare(given)

    def execute(self, token: str, prepared: PreparedAcceptance) -> Values:  # noqa: ARG002  it has it
        try:
            acceptance.accept(prepared)
        except UsernameTaken as error:
            raise InvalidRequest([TAKEN]) from error
        return {}
