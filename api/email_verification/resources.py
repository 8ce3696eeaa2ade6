"""The endpoints for confirming an e-mail address."""

from api.email_verification import schemas, service
from api.email_verification.schemas import Verification, VerificationRequest
from api.mail.errors import MailUnavailable
from api.mail.limits import REQUESTS
from api.mail.schemas import MailRequested, mail_requested
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.web import bodies
from api.web.links import link_all
from api.web.restx import Namespace, Resource

ns = Namespace(
    "email_verification",
    path="/api",
    description="Confirm that an e-mail address reaches you, with the token that was mailed to it.",
)


@ns.route("/email/verify")
class VerifyEmail(Resource):
    @ns.operation(
        "verify_email",
        body=schemas.verification,
        status=204,
        public=True,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidOneTimeToken],
    )
    def post(self, *, body: Verification) -> None:
        """Confirm an e-mail address with the token of a mail.

        The token is in the link of the mail that follows a registration, a new e-mail address or
        `POST /api/email/verify/resend`. It works once and for 24 hours, for the address that it was
        mailed to, and only the newest one works; not while the account is suspended. No access
        token is needed. Without a front end of the operator (FRONTEND_URL) the link opens a page of
        the service that does the same.

        All sessions of the user end, and a pending change of the address is void: the
        person who registered the account need not be the reader of the mail. The account gets the
        username of its registration, if it is still free. Log in with `POST /api/login` next. The
        audit log records `email.verified`, and `user.updated` if there is a new username.
        """
        service.verify(**body)


@ns.route("/email/verify/resend")
class ResendVerification(Resource):
    @ns.operation(
        "resend_verification",
        body=schemas.verification_request,
        response=mail_requested,
        status=202,
        public=True,
        limit=REQUESTS,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[MailUnavailable],
        links=link_all("verify_email"),
    )
    def post(self, *, body: VerificationRequest) -> MailRequested:
        """Request another mail with a link to confirm an e-mail address.

        The response is always the same. A mail is sent if an active account has the address and has
        not confirmed it yet. Its link replaces those of earlier mails. No token is needed,
        since a user who has to confirm the address cannot log in.

        An address gets one mail in 60 seconds and 5 in an hour; further requests send none. One IP
        address can send 20 requests in a minute (LIMIT_MAIL_PER_ADDRESS). `POST /api/email/verify`
        takes the token of the link.
        """
        service.resend(**body)
        return MailRequested()
