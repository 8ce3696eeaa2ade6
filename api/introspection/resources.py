from typing import Any

from api.core.actor import Actor, Permission
from api.core.errors import PermissionDenied
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
        answers=schemas.introspection,
        permission=Permission.TOKENS_INTROSPECT,
        refuses=[PermissionDenied],
    )
    def post(self, *, body: dict[str, Any], by: Actor) -> Introspection:
        """Ask what a token is good for just now (RFC 7662).

        Unlike its signature, this tells whether the session has ended and which roles are held now.
        """
        return service.introspect(body["token"], read=tokens().everything, by=by)


@ns.route("/revoke")
class Revoke(Resource):
    @ns.operation(
        "revoke",
        body=schemas.shown_token,
        form=True,
        permission=Permission.TOKENS_REVOKE,
        refuses=[PermissionDenied],
    )
    def post(self, *, body: dict[str, Any], by: Actor) -> None:
        """Make a token void, and with it all others of its session (RFC 7009).

        What is no token is void already, and answered alike.
        """
        service.revoke(body["token"], read=tokens().everything, by=by)
