"""The endpoints for changing an e-mail address."""

from api.core.errors import StepUpRequired
from api.core.principal import Principal
from api.email_change import schemas, service
from api.login.resources import PASSWORD_LIMIT
from api.mail.errors import MailUnavailable
from api.mail.limits import REQUESTS
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.users.errors import EmailTaken, UsernameTaken
from api.web import bodies
from api.web.restx import Namespace, Resource

ns = Namespace(
    "email_change",
    path="/api",
    description="Change your e-mail address. The new one confirms, and the former one can cancel.",
)


@ns.route("/me/email")
class MyEmail(Resource):
    @ns.operation(
        "request_email_change",
        body=schemas.email_change,
        status=202,
        authenticated=True,
        allow_unverified_email=True,
        limit=PASSWORD_LIMIT,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[StepUpRequired, MailUnavailable],
    )
    def post(self, *, body: schemas.EmailChange, by: Principal) -> None:
        """Ask for another e-mail address.

        Your password must have been verified within the last 10 minutes (STEP_UP_SECONDS):
        otherwise send `POST /api/me/reauthenticate` first. The new address gets a mail with a token
        for `POST /api/email/change/confirm`. It works once, for 1 hour (EMAIL_CHANGE_HOURS). Until
        then the account keeps its address. The present address gets a notice with a token for
        `POST /api/email/change/cancel`, which works for 7 days. A further request voids the token
        of the former one.

        The response does not show whether another account has the new address; such an address gets
        no mail. Each address gets one such mail in 60 seconds and five in an hour; then the error
        is 429. The audit log records `email.change_requested`.
        """
        service.request_change(**body, by=by)


@ns.route("/email/change/confirm")
class ConfirmedEmailChange(Resource):
    @ns.operation(
        "confirm_email_change",
        body=schemas.mailed_token,
        status=204,
        public=True,
        limit=REQUESTS,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidOneTimeToken, EmailTaken, UsernameTaken],
    )
    def post(self, *, body: schemas.MailedToken) -> None:
        """Confirm a new e-mail address with the token that was mailed to it.

        The account has the new address from now on, and it counts as verified. A username that is
        the e-mail address changes with it. All sessions end: log in again with `POST /api/login`.
        The former address gets a mail with a token for `POST /api/email/change/cancel`, and the
        tokens to reset the password that were mailed to it are void.

        If another account has the address meanwhile, nothing changes. The audit log records
        `user.updated`.
        """
        service.confirm(**body)


@ns.route("/email/change/cancel")
class CancelledEmailChange(Resource):
    @ns.operation(
        "cancel_email_change",
        body=schemas.mailed_token,
        status=204,
        public=True,
        limit=REQUESTS,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidOneTimeToken, EmailTaken, UsernameTaken],
    )
    def post(self, *, body: schemas.MailedToken) -> None:
        """Cancel the change of an e-mail address with the token that was mailed to the former one.

        Before the new address has confirmed, the request is void. After that, the account gets its
        former address again, which counts as verified, and all sessions end. The tokens that were
        mailed to the new address since are void, and so is the password, which another person
        knows: a mail has the token with which `POST /api/password/reset` sets a new one. An account
        that was deleted since with `DELETE /api/me` is restored. If the new address was verified,
        it gets a mail that says so.

        The token works for 7 days. If another account has the address meanwhile, nothing changes.
        The audit log records `email.change_cancelled`, `user.updated` and
        `password.reset_requested` if the address was restored, and `user.restored` if the account
        was.
        """
        service.cancel(**body)
