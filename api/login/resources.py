"""The endpoints for logging in, and for the password of a user."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from api.core.errors import SigningKeyLocked
from api.core.principal import Principal
from api.login import schemas, service
from api.login.errors import InvalidCredentials
from api.login.schemas import LoginBody, PasswordChange, Reauthentication
from api.passwords.errors import PasswordCheckUnavailable
from api.service_accounts.principal import ServiceAccountPrincipal
from api.sessions.resources import SESSION, Tokens, issue_tokens
from api.sessions.schemas import tokens
from api.users import service as users
from api.users.models import Profile
from api.web import bodies
from api.web.links import Link, Links
from api.web.restx import Namespace, Resource

LOGIN_LIMIT, PASSWORD_LIMIT = "login", "password"

OPENED: Links = {  # what a client can do with the tokens of a session
    **SESSION,
    "reauthenticate": Link(body={"password": "$request.body#/password"}),
    "change_my_password": Link(body={"current_password": "$request.body#/password"}),
}

ns = Namespace(
    "login",
    path="/api",
    description="Log in with a password, and change or verify it. A login opens a session and "
    "returns the tokens for all other requests.",
)


class Caller(NamedTuple):
    id: UUID
    username: str | None


@dataclass(frozen=True)
class Greeting:
    message: str
    user: Profile | Caller


def greet(caller: Principal) -> Greeting:
    if isinstance(caller, ServiceAccountPrincipal):
        return Greeting(f"Hello, {caller.name}!", Caller(caller.id, None))
    profile = users.read(caller.id, by=caller)
    return Greeting(f"Hello, {profile.username or profile.email}!", profile)


@ns.route("/login")
class Login(Resource):
    @ns.operation(
        "log_in",
        body=schemas.credentials,
        response=tokens,
        public=True,
        limit=LOGIN_LIMIT,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidCredentials, SigningKeyLocked],
        links=OPENED,
    )
    def post(self, *, body: LoginBody) -> Tokens:
        """Log in with a username or an e-mail address, and the password.

        Opens a session and returns its tokens. No token is needed. Send the access token with
        further requests, in the header `Authorization: Bearer …`. Before it expires, exchange the
        refresh token with `POST /api/refresh`. If the password is temporary (`must_change_password`
        is true), these tokens only choose a new password with `POST /api/me/password`, read the
        account and log out.

        The response to a failed login does not depend on whether the account exists. It is the same
        for a user who has to confirm the e-mail address first (EMAIL_VERIFICATION), with the link
        of the mail or with `POST /api/password/forgot`. After 5 wrong passwords (LOGIN_ATTEMPTS) in
        5 minutes (LOGIN_WINDOW_SECONDS) for an account from one network, or 20
        (LOGIN_ATTEMPTS_PER_ACCOUNT) from all networks, logins are paused: the response is 429 for 5
        minutes. The next pauses last 10 and 15 minutes, and short ones again after a day without
        attempts. The owner gets a mail about the first one. One IP address can send 10 logins in a
        minute (LIMIT_LOGIN_PER_ADDRESS).

        Store `device_token` on the device, and send it with the next login there. Such a login has
        its own count of wrong passwords, and the pauses of others do not stop it. After 5 wrong
        passwords (LOGIN_ATTEMPTS) in a row the token has no effect any more; the next login returns
        another one.

        After a login from a new device the owner gets a mail with a link that ends the session
        (NEW_DEVICE_NOTICE). A user has at most 100 sessions; a further login ends the one that was
        used least recently. The audit log records `login.succeeded` or `login.failed`, and
        `login.paused` for the first pause in a day.
        """
        return issue_tokens(service.log_in(**body))


@ns.route("/me/password")
class MyPassword(Resource):
    @ns.operation(
        "change_my_password",
        authenticated=True,
        allow_temporary_password=True,
        allow_unverified_email=True,
        body=schemas.password_change,
        response=tokens,
        limit=PASSWORD_LIMIT,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidCredentials, PasswordCheckUnavailable],
        links=SESSION,
    )
    def post(self, *, body: PasswordChange, by: Principal) -> Tokens:
        """Change your password.

        All your sessions end, this one too. The response contains the tokens of a new session:
        replace your stored tokens with them. This is also how a user chooses a password after a
        login with a temporary one; the new password must then differ from it.

        The rules for the new password are those of a registration. The new password is checked
        before the current one, so a response 422 reveals nothing about the current one. Wrong
        current passwords count like those of failed logins. A user can send this request,
        `POST /api/me/reauthenticate` and `PUT /api/users/{user_id}/password` 10 times in a minute
        together (LIMIT_PASSWORD_PER_USER).

        The audit log records `password.changed` with the number of sessions that ended, or
        `password.change_failed`.
        """
        return issue_tokens(service.change_password(**body, by=by))


@ns.route("/me/reauthenticate")
class Reauthenticate(Resource):
    @ns.operation(
        "reauthenticate",
        authenticated=True,
        allow_unverified_email=True,
        body=schemas.reauthentication,
        status=204,
        limit=PASSWORD_LIMIT,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidCredentials],
    )
    def post(self, *, body: Reauthentication, by: Principal) -> None:
        """Verify your password again.

        Call it after the error `insufficient_user_authentication`, then repeat the request that had
        the error. To delete your account, to set the password of another user, and to export
        password hashes or replace them with an import, you must have given your password within the
        last 10 minutes (STEP_UP_SECONDS). A login counts as well.

        The verification belongs to this session; its tokens stay the same. A wrong password counts
        like that of a failed login. The audit log records `reauthentication.succeeded` or
        `reauthentication.failed`.
        """
        service.reauthenticate(**body, by=by)


@ns.route("/protected")
class Protected(Resource):
    @ns.operation(
        "get_protected", authenticated=True, accepts_programs=True, response=schemas.greeting
    )
    def get(self, *, by: Principal) -> Greeting:
        """Check whether your access token or API key is valid.

        The response greets you with your username, or with your e-mail address if you have no
        username. A service account is greeted with its name, and has no `username`. The operation
        has no other purpose: it is a first request to try a credential with. `GET /api/me` returns
        the whole account of a user.
        """
        return greet(by)
