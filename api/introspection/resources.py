from api.core.errors import PermissionDenied
from api.core.permissions import Permission
from api.core.principal import Principal
from api.introspection import schemas, service
from api.introspection.schemas import PresentedToken, PresentedTokenWithClient
from api.introspection.tokens import Introspection
from api.oauth.errors import InvalidClient
from api.oauth.resources import UNCACHED
from api.oauth.resources import ns as oauth_ns
from api.web.restx import Namespace, Resource

ns = Namespace(
    "introspection",
    path="/api",
    description="Ask about a token and revoke it, for services that receive tokens (RFC 7662, RFC "
    "7009). Libraries of OAuth 2.0 use the operations with the tag `oauth` instead.",
)


@ns.route("/introspect")
class Introspect(Resource):
    @ns.operation(
        "introspect",
        body=schemas.presented_token,
        form=True,
        response=schemas.introspection,
        permission=Permission.TOKENS_INTROSPECT,
    )
    def post(self, *, body: PresentedToken, by: Principal) -> Introspection:
        """Check whether a token is valid now (RFC 7662).

        For services that receive tokens. Verify the signature of an access token yourself where a
        delay of 15 minutes (ACCESS_TOKEN_SECONDS) does not matter, and introspect where it does: a
        token is not active if its session has ended, if the account is suspended or deleted, or if
        the user must choose a new password first. `roles` and `scope` are the current ones.

        The operation answers about access tokens of users and of service accounts, refresh tokens
        and API keys. Accept a request only if `token_use` is `access_token` and `aud` names your
        service, or if you accept API keys and it is `api_key`. `client_id` is `rollbook` for the
        tokens of a user, and the id of the account for those of a service account. It is missing
        for an API key of a user. Introspection exchanges and changes nothing, and no event is
        recorded.

        The service calls it with an access token or an API key of its own.
        `POST /oauth/introspect` also accepts client authentication.
        """
        return service.introspect(body["token"], by=by)


@ns.route("/revoke")
class Revoke(Resource):
    @ns.operation(
        "revoke",
        body=schemas.presented_token,
        form=True,
        permission=Permission.TOKENS_REVOKE,
    )
    def post(self, *, body: PresentedToken, by: Principal) -> None:
        """Revoke a token and all others of its session (RFC 7009).

        The session ends at once, whichever of its tokens is sent. An access token of a service
        account ends alone, and so does an API key. The response is the same if the token is not
        valid or has been revoked before. The audit log records `session.ended` with the reason
        `revoked`, `token.revoked` or `api_key.revoked`, once. The user can log in again, and the
        service account request another token.
        """
        service.revoke(body["token"], by=by)


@oauth_ns.route("/introspect")
class OAuthIntrospect(Resource):
    @oauth_ns.operation(
        "introspect_token",
        body=schemas.presented_token_with_client,
        form=True,
        response=schemas.introspection,
        authenticated=True,
        accepts_programs=True,
        accepts_clients=True,
        headers=UNCACHED,
        errors=[InvalidClient],
    )
    def post(self, *, body: PresentedTokenWithClient, by: Principal) -> Introspection:
        """Check whether a token is valid now, as a client of OAuth 2.0 (RFC 7662).

        It answers as `POST /api/introspect` does. The caller authenticates as at the token
        endpoint, with a client secret or a client assertion, or sends an access token or an API
        key as `Bearer`.

        A caller may ask about its own tokens. Asking about those of others needs the permission
        `tokens:introspect`, else the response is the one to a token that is not valid.
        `client.authentication_failed` is recorded if the client authentication fails.
        """
        return service.introspect(body["token"], by=by)


@oauth_ns.route("/revoke")
class OAuthRevoke(Resource):
    @oauth_ns.operation(
        "revoke_token",
        body=schemas.presented_token_with_client,
        form=True,
        authenticated=True,
        accepts_programs=True,
        accepts_clients=True,
        errors=[InvalidClient, PermissionDenied],
    )
    def post(self, *, body: PresentedTokenWithClient, by: Principal) -> None:
        """Revoke a token, as a client of OAuth 2.0 (RFC 7009).

        It does what `POST /api/revoke` does. The caller authenticates as for
        `POST /oauth/introspect`.

        A caller may revoke its own tokens. Revoking those of others needs the permission
        `tokens:revoke`, else the response is 403. That is also the response to an access token of
        others that has been revoked and has not expired yet. A token that is not valid for another
        reason is ignored.
        """
        service.revoke(body["token"], by=by)
