"""The token endpoint (RFC 6749, 3.2)."""

from flask import request

from api.oauth import schemas, service
from api.oauth.client_authenticator import TOKENS
from api.oauth.error_format import OAUTH_ERRORS
from api.oauth.errors import InvalidClient, InvalidScope, InvalidTarget, UnsupportedGrantType
from api.oauth.presented_clients import read_client
from api.oauth.schemas import AccessTokenRequest
from api.oauth.service import ClientToken
from api.web.headers import ResponseHeaders
from api.web.restx import Namespace, Resource

# RFC 6749, 5.1, asks for it; every response has ``Cache-Control: no-store`` as well.
UNCACHED = ResponseHeaders(("Pragma",), lambda _: {"Pragma": "no-cache"})

ns = Namespace(
    "oauth",
    path="/oauth",
    render_error=OAUTH_ERRORS,
    description="OAuth 2.0 for programs: access tokens of service accounts, introspection and "
    "revocation. Errors have the form of RFC 6749, 5.2.",
)


@ns.route("/token")
class Token(Resource):
    @ns.operation(
        "issue_token",
        body=schemas.access_token_request,
        form=True,
        response=schemas.client_token,
        public=True,
        accepts_clients=True,
        limit=TOKENS,
        headers=UNCACHED,
        errors=[InvalidClient, InvalidScope, InvalidTarget, UnsupportedGrantType],
    )
    def post(self, *, body: AccessTokenRequest) -> ClientToken:
        """Issue an access token to a service account (RFC 6749, 4.4).

        The client authenticates with exactly one of three methods: `client_secret_basic`,
        `client_secret_post`, or `private_key_jwt` (RFC 7523), whose JWT is accepted once.

        The token is a JWT (RFC 9068). The permissions of a request with it are those of its `scope`
        that the service account still has. It ends before it expires if the account is suspended,
        if the client credential is deleted or expires, or if it is revoked.

        The audit log records `token.issued`, and `client.authentication_failed` if the client
        authentication fails. The requests of an IP address are limited
        (LIMIT_TOKENS_PER_ADDRESS): keep the token until shortly before it expires.
        """
        return service.issue_token(read_client(request, body), body)
