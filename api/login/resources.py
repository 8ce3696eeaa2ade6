"""The endpoints: call one service function, return what it returned."""

from dataclasses import dataclass
from typing import Any, Literal

from api.core.actor import Actor
from api.login import schemas, service
from api.login.errors import InvalidCredentials
from api.users.models import Credentials, Profile, User
from api.web import bodies
from api.web.auth import tokens
from api.web.restx import Namespace, Resource

LOGINS, PASSWORD_CHANGES = "login", "password"  # limits of their own

ns = Namespace("login", path="/api", description="Proving who you are")


@dataclass(frozen=True)
class Tokens:
    access_token: str
    expires_in: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  the name of a scheme


@dataclass(frozen=True)
class Greeting:
    message: str
    user: Profile


def tokens_for(account: Credentials | User) -> Tokens:
    issuer = tokens()
    return Tokens(issuer.issue(account.id, account.token_generation), issuer.lifetime)


@ns.route("/login")
class Login(Resource):
    @ns.operation(
        "log_in",
        body=schemas.credentials,
        answers=schemas.tokens,
        public=True,
        limit=LOGINS,
        longest_body=bodies.CREDENTIALS,
        refuses=[InvalidCredentials],
    )
    def post(self, *, body: dict[str, Any]) -> Tokens:
        """Exchange a username or an address, and the password, for an access token."""
        return tokens_for(service.log_in(**body))


@ns.route("/me/password")
class MyPassword(Resource):
    @ns.operation(
        "change_my_password",
        body=schemas.password_change,
        answers=schemas.tokens,
        limit=PASSWORD_CHANGES,
        longest_body=bodies.CREDENTIALS,
        refuses=[InvalidCredentials],
    )
    def post(self, *, body: dict[str, Any], by: Actor) -> Tokens:
        """Choose a new password.

        Every access token issued before stops working; the answer holds a new one.
        """
        return tokens_for(service.change_password(**body, by=by))


@ns.route("/protected")
class Protected(Resource):
    @ns.operation("protected", answers=schemas.greeting)
    def get(self, *, by: Actor) -> Greeting:
        """See whether your access token works."""
        return Greeting(f"Hello, {by.record.username}!", by.record)
