"""The endpoints: call one service function, return what it returned."""

from dataclasses import dataclass

from api.core.principal import Principal
from api.login import schemas, service
from api.login.errors import InvalidCredentials
from api.login.schemas import LoginBody, PasswordChange, Reauthentication
from api.sessions.resources import Tokens, issue_tokens
from api.sessions.schemas import tokens
from api.users import service as users
from api.users.models import Profile
from api.web import bodies
from api.web.restx import Namespace, Resource

LOGINS, PASSWORD_CHANGES = "login", "password"  # rate limit policies

ns = Namespace("login", path="/api", description="Login and passwords")


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
    def post(self, *, body: LoginBody) -> Tokens:
        """Log in with a username or an e-mail address, and the password."""
        return issue_tokens(service.log_in(**body))


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
    def post(self, *, body: PasswordChange, by: Principal) -> Tokens:
        """Change your password.

        All your sessions end; the answer contains the tokens of a new one.
        """
        return issue_tokens(service.change_password(**body, by=by))


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
    def post(self, *, body: Reauthentication, by: Principal) -> None:
        """Give your password again.

        Some operations require that the password was given recently. They answer
        `insufficient_user_authentication` if it was not.
        """
        service.reauthenticate(**body, by=by)


@ns.route("/protected")
class Protected(Resource):
    @ns.operation("get_protected", authenticated=True, response=schemas.greeting)
    def get(self, *, by: Principal) -> Greeting:
        """Check whether your access token works."""
        profile = users.read(by.id, by=by)
        return Greeting(f"Hello, {profile.username}!", profile)
