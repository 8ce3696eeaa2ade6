"""The authenticator for clients that present a secret or an assertion instead of a token."""

from flask import Request

from api.core.database import in_transaction
from api.core.principal import Principal
from api.oauth.client_authentication import ClientAssertion, authenticate_client
from api.oauth.errors import InvalidClient
from api.oauth.presented_clients import read_client
from api.web import limits
from api.web.authentication import has_bearer_token
from api.web.bodies import read_form

TOKENS = "tokens"  # the name of the rate limit
SECURITY_SCHEME = (
    "client_secret",
    {
        "type": "http",
        "scheme": "basic",
        "description": "The client id and a client secret of a service account, each form-encoded "
        "(RFC6749, 2.3.1). Instead they can be members of the form, as `client_id` and "
        "`client_secret`, or a JWT can: `client_assertion` (RFC7523).",
    },
)


class ClientAuthenticator:
    """Accepts client authentication in the header ``Authorization`` or in the form."""

    for_programs = True
    limit_of_failures = limits.PER_CLIENT
    security_scheme = SECURITY_SCHEME

    def authenticate(self, request: Request, *, allow_ended_session: bool) -> Principal | None:
        """Return the service account, or None if the request has a token of its own instead.

        Raises:
            InvalidClient: the client authentication failed, or there is none (RFC 6749, 5.2).
            BadRequest: there is more than one, or the form cannot be read.
            RateLimited: too many failed, from the address of the client.
        """
        del allow_ended_session  # it has no session
        client = read_client(request, read_form(request))
        if client is None:
            if has_bearer_token(request):
                return None
            raise InvalidClient
        if isinstance(client, ClientAssertion):  # to verify its signature is costly
            limits.require_quota(TOKENS, limits.client_key())
        found = in_transaction(lambda: authenticate_client(client, before_recording=_count_failure))
        return found.principal


def _count_failure() -> None:
    limits.count(TOKENS, limits.client_key())
