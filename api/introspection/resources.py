from typing import Any

from api.core.permissions import Permission
from api.core.principal import Principal
from api.introspection import schemas, service
from api.introspection.service import Introspection
from api.web.restx import Namespace, Resource
from api.web.tokens import tokens

ns = Namespace("introspection", path="/api", description="For services that are shown tokens")


@ns.route("/introspect")
class Introspect(Resource):
    @ns.operation(
        "introspect",
        body=schemas.shown_token,
        form=True,
        response=schemas.introspection,
        permission=Permission.TOKENS_INTROSPECT,
    )
    def post(self, *, body: dict[str, Any]) -> Introspection:
        """Ask what a token is good for just now (RFC 7662).

        Unlike its signature, this tells whether the session has ended and which roles are held now.
        """
        return service.introspect(body["token"], read=tokens().everything)


@ns.route("/revoke")
class Revoke(Resource):
    @ns.operation(
        "revoke",
        body=schemas.shown_token,
        form=True,
        permission=Permission.TOKENS_REVOKE,
    )
    def post(self, *, body: dict[str, Any], by: Principal) -> None:
        """Make a token void, and with it all others of its session (RFC 7009).

        What is no token is void already, and answered alike.
        """
        service.revoke(body["token"], read=tokens().everything, by=by)
