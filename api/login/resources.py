"""The endpoints for logging in, and for the password of a user."""

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

LOGIN_LIMIT, PASSWORD_LIMIT = "login", "password"

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
        limit=LOGIN_LIMIT,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidCredentials],
    )
    def post(self, *, body: LoginBody) -> Tokens:
        """Log in with a username or an e-mail address, and the password.

        It opens a session. If the password is temporary (`must_change_password`), the session can
        only choose a new one, with `POST /api/me/password`. The response to a failed login does not
        depend on whether the account exists.
        """
        return issue_tokens(service.log_in(**body))


@ns.route("/me/password")
class MyPassword(Resource):
    @ns.operation(
        "change_my_password",
        authenticated=True,
        allow_temporary_password=True,
        body=schemas.password_change,
        response=tokens,
        limit=PASSWORD_LIMIT,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidCredentials],
    )
    def post(self, *, body: PasswordChange, by: Principal) -> Tokens:
        """Change your password.

        All your sessions end. The response contains the tokens of a new session.
        """
        return issue_tokens(service.change_password(**body, by=by))


@ns.route("/me/reauthenticate")
class Reauthenticate(Resource):
    @ns.operation(
        "reauthenticate",
        authenticated=True,
        body=schemas.reauthentication,
        status=204,
        limit=PASSWORD_LIMIT,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidCredentials],
    )
    def post(self, *, body: Reauthentication, by: Principal) -> None:
        """Verify your password again.

        Some operations require that your password was verified recently. Otherwise their error is
        `insufficient_user_authentication`.
        """
        service.reauthenticate(**body, by=by)


@ns.route("/protected")
class Protected(Resource):
    @ns.operation("get_protected", authenticated=True, response=schemas.greeting)
    def get(self, *, by: Principal) -> Greeting:
        """Check whether your access token is valid.

        The response contains your username, or your e-mail address if you have none.
        """
        profile = users.read(by.id, by=by)
        return Greeting(f"Hello, {profile.username or profile.email}!", profile)
