"""The endpoints for users who forgot their password."""

from uuid import UUID

from api.core.permissions import Permission
from api.core.principal import Principal
from api.mail.errors import MailUnavailable
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.password_reset import schemas, service
from api.password_reset.errors import UserSuspended
from api.passwords.errors import PasswordCheckUnavailable
from api.users.errors import UserNotFound
from api.web import bodies
from api.web.restx import Namespace, Resource

PASSWORD_RESETS = "password_reset"  # noqa: S105  the name of the rate limit

ns = Namespace(
    "password_reset",
    path="/api",
    description="Choose a new password for a forgotten one, with the token of a mail.",
)


@ns.route("/password/forgot")
class ForgottenPassword(Resource):
    @ns.operation(
        "request_password_reset",
        body=schemas.reset_request,
        status=202,
        public=True,
        limit=PASSWORD_RESETS,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[MailUnavailable],
    )
    def post(self, *, body: schemas.ResetRequest) -> None:
        """Ask for a mail with which a forgotten password can be replaced.

        The response is always 202 and takes the same time, so it does not show whether an account
        has this e-mail address. If an active account has it, a mail goes to the address as it is
        stored. Its link works once, for 30 minutes (PASSWORD_RESET_MINUTES), and voids that of an
        earlier mail. Send its token with `POST /api/password/reset`. Until then the old password
        works.

        One e-mail address gets one such mail in 60 seconds and five in an hour; further requests
        send none. One IP address can send 10 such requests and resets in a minute
        (LIMIT_PASSWORD_RESET_PER_ADDRESS). The audit log records `password.reset_requested`.
        """
        service.request_reset(**body)


@ns.route("/password/reset")
class PasswordReset(Resource):
    @ns.operation(
        "reset_password",
        body=schemas.reset,
        prepare=service.prepare,
        status=204,
        public=True,
        limit=PASSWORD_RESETS,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidOneTimeToken, PasswordCheckUnavailable],
    )
    def post(self, *, body: schemas.PreparedReset) -> None:
        """Choose a new password with the token of a mail.

        The rules for the new password are those of a registration. It is checked before the token
        is used up, so after a response 422 the token still works.

        All sessions of the account end, its API keys are revoked, and a pause after failed logins
        ends, too. What another person has made with the permissions of the account stays, such as
        service accounts and webhooks: administrators find it in the audit log. A temporary
        password, a requested change of the e-mail address and other tokens are void. The e-mail
        address counts as verified. The owner gets a mail about the new password. No token is
        returned: log in with `POST /api/login` next. The audit log records `password.changed` with
        the number of sessions that ended.
        """
        service.reset(body)


@ns.route("/users/<uuid:user_id>/password/reset-mail")
class ResetMail(Resource):
    @ns.operation(
        "send_password_reset_mail",
        status=202,
        permission=Permission.USERS_CREDENTIALS,
        errors=[UserNotFound, UserSuspended, MailUnavailable],
    )
    def post(self, user_id: UUID, *, by: Principal) -> None:
        """Send a user the mail with which a forgotten password can be replaced.

        You must have all permissions that the user has. The mail is that of
        `POST /api/password/forgot`: you do not learn the token, and the old password works until
        the user chooses a new one. A suspended user is rejected. The audit log records
        `password.reset_requested` with you as the actor.
        """
        service.send_reset_mail(user_id, by=by)
