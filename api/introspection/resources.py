from api.core.permissions import Permission
from api.core.principal import Principal
from api.introspection import schemas, service
from api.introspection.schemas import TokenRequest
from api.introspection.service import Introspection
from api.web.restx import Namespace, Resource

ns = Namespace("introspection", path="/api", description="For services that receive tokens")


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

        The response has the current roles and permissions of the user. A token whose session has
        ended is not active, although its signature is valid. Nor is a token of a user who must
        choose a new password first.
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

        The response is the same if the token is not valid.
        """
        service.revoke(body["token"], by=by)
