from api.mail.schemas import MailRequested, mail_requested
from api.passwords.errors import PasswordCheckUnavailable
from api.registration import schemas, service
from api.registration.errors import RegistrationClosed
from api.users.errors import EmailTaken, UsernameTaken
from api.users.models import User
from api.users.resources import CREATED
from api.users.schemas import PreparedUser, user
from api.web import bodies
from api.web.headers import location
from api.web.links import Link
from api.web.operations import Alternative
from api.web.restx import Namespace, Resource

REGISTRATIONS = "register"  # the name of the rate limit
LOGIN = Link(body={"email": "$request.body#/email", "password": "$request.body#/password"})

ns = Namespace(
    "registration",
    path="/api",
    description="Register an account for yourself. Users call it first, and without a token.",
)


@ns.route("/register")
class Register(Resource):
    @ns.operation(
        "register",
        body=schemas.registration,
        prepare=service.prepare,
        response=user,
        status=201,
        alternatives={202: mail_requested},
        public=True,
        limit=REGISTRATIONS,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[RegistrationClosed, UsernameTaken, EmailTaken, PasswordCheckUnavailable],
        versioned=True,
        idempotent=True,
        headers=location("/api/users"),
        links={**CREATED, "log_in": LOGIN},
    )
    def post(self, *, body: PreparedUser) -> User | Alternative:
        """Register a new account for yourself.

        The account is active at once and has the role `user`. No token is needed, and none is
        returned: log in with `POST /api/login` next. The operator can close registration
        (REGISTRATION_ENABLED); then only administrators create accounts.

        If users have to confirm their e-mail address (EMAIL_VERIFICATION), the response is 202 and
        the same whether the address is registered or not: the mail says what to do next. A new user
        confirms the address with `POST /api/email/verify`, and cannot log in before. The account
        gets the username then, if it is still free; else it has none, and the user logs in with the
        address and chooses another with `PATCH /api/me`. An address that is already registered gets
        a mail that says so, one in 60 seconds and 5 in an hour; nothing else changes.

        Without a `locale`, the language of the account is the first one in `Accept-Language` that
        the service has.

        The password has at least as many characters as its `minLength` (PASSWORD_MIN_LENGTH, by
        default 12) and at most 256. It must not be a common password, and must not contain your
        username, the local part of your e-mail address or the name of the service. One IP address
        can register 20 accounts in a minute (LIMIT_REGISTER_PER_ADDRESS).

        The audit log records `user.created`, with the new user as the actor, or
        `registration.repeated` if the address was known and must not be revealed.
        """
        return service.register(body) or Alternative(202, MailRequested())
