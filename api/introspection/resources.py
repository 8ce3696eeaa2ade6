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
        """Ask whether a token is valid now (RFC 7662).

        Unlike the signature, the answer includes whether the session has ended, and the current
        roles and permissions.
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

        A text that is not a valid token gets the same answer.
        """
        service.revoke(body["token"], by=by)
