from api.core.permissions import Permission
from api.core.principal import Principal
from api.introspection import schemas, service
from api.introspection.schemas import TokenRequest
from api.introspection.service import Introspection
from api.web.restx import Namespace, Resource

ns = Namespace(
    "introspection",
    path="/api",
    description="Ask about a token and revoke it, for services that receive tokens of users "
    "(RFC 7662, RFC 7009).",
)


@ns.route("/introspect")
class Introspect(Resource):
    @ns.operation(
        "introspect",
        body=schemas.token_request,
        form=True,
        response=schemas.introspection,
        permission=Permission.TOKENS_INTROSPECT,
    )
    def post(self, *, body: TokenRequest) -> Introspection:
        """Check whether a token is valid now (RFC 7662).

        For services that receive tokens of users. Verify the signature of an access token yourself
        where a delay of 15 minutes (ACCESS_TOKEN_SECONDS) does not matter, and introspect where it
        does: a token is not active if its session has ended, if the account is suspended or
        deleted, or if the user must choose a new password first. `roles` and `scope` are the
        current ones.

        The operation answers about access tokens and refresh tokens alike. Accept a request only if
        `token_use` is `access_token`. Introspection exchanges and changes nothing, and no event is
        recorded. The service calls it with an access token of its own account; client credentials
        are not accepted yet.
        """
        return service.introspect(body["token"])


@ns.route("/revoke")
class Revoke(Resource):
    @ns.operation(
        "revoke",
        body=schemas.token_request,
        form=True,
        permission=Permission.TOKENS_REVOKE,
    )
    def post(self, *, body: TokenRequest, by: Principal) -> None:
        """Revoke a token and all others of its session (RFC 7009).

        The session ends at once, whichever of its tokens is sent. The response is the same if the
        token is not valid or has been revoked before. The audit log records `session.ended` with
        the reason `revoked`, once. The user can log in again.
        """
        service.revoke(body["token"], by=by)
