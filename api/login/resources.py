"""The endpoints: call one service function, return what it returned."""

from dataclasses import dataclass
from typing import Any

from api.core.principal import Principal
from api.login import schemas, service
from api.login.errors import InvalidCredentials
from api.sessions.resources import Tokens, tokens_for
from api.sessions.schemas import tokens
from api.users import service as users
from api.users.models import Profile
from api.web import bodies
from api.web.restx import Namespace, Resource

LOGINS, PASSWORD_CHANGES = "login", "password"  # limits of their own

ns = Namespace("login", path="/api", description="Proving who you are")


@dataclass(frozen=True)
class Greeting:
    message: str
    user: Profile


@ns.route("/login")
class Login(Resource):
    @ns.operation(
        "log_in",
        body=schemas.credentials,
        response=tokens,
        public=True,
        limit=LOGINS,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidCredentials],
    )
    def post(self, *, body: dict[str, Any]) -> Tokens:
        """Open a session with a username or an address, and the password."""
        return tokens_for(service.log_in(**body))


@ns.route("/me/password")
class MyPassword(Resource):
    @ns.operation(
        "change_my_password",
        authenticated=True,
        body=schemas.password_change,
        response=tokens,
        limit=PASSWORD_CHANGES,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidCredentials],
    )
    def post(self, *, body: dict[str, Any], by: Principal) -> Tokens:
        """Choose a new password.

        Every session ends; the answer holds the tokens of a new one.
        """
        return tokens_for(service.change_password(**body, by=by))


@ns.route("/me/reauthenticate")
class Reauthenticate(Resource):
    @ns.operation(
        "reauthenticate",
        authenticated=True,
        body=schemas.reauthentication,
        status=204,
        limit=PASSWORD_CHANGES,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidCredentials],
    )
    def post(self, *, body: dict[str, Any], by: Principal) -> None:
        """Give your password again.

        Some operations take that it was given a short while ago; they say so with
        `insufficient_user_authentication`.
        """
        service.reauthenticate(**body, by=by)


@ns.route("/protected")
class Protected(Resource):
    @ns.operation("protected", authenticated=True, response=schemas.greeting)
    def get(self, *, by: Principal) -> Greeting:
        """See whether your access token works."""
        profile = users.read(by.id, by=by)
        return Greeting(f"Hello, {profile.username}!", profile)
