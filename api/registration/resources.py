from api.registration import schemas, service
from api.registration.errors import RegistrationClosed
from api.users.errors import EmailTaken, UsernameTaken
from api.users.models import User
from api.users.resources import CREATED
from api.users.schemas import PreparedUser, user
from api.web import bodies
from api.web.headers import location
from api.web.links import Link
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
        public=True,
        limit=REGISTRATIONS,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[RegistrationClosed, UsernameTaken, EmailTaken],
        versioned=True,
        idempotent=True,
        headers=location("/api/users"),
        links={**CREATED, "log_in": LOGIN},
    )
    def post(self, *, body: PreparedUser) -> User:
        """Register a new account for yourself.

        The account is active at once and has the role `user`. No token is needed, and none is
        returned: log in with `POST /api/login` next. The operator can close registration
        (REGISTRATION_ENABLED); then only administrators create accounts.

        Without a `locale`, the language of the account is the first one in `Accept-Language` that
        the service has.

        The password has at least as many characters as its `minLength` (PASSWORD_MIN_LENGTH, by
        default 12) and at most 256. It must not be a common password, and must not contain your
        username, the local part of your e-mail address or the name of the service. One IP address
        can register 20 accounts in a minute (LIMIT_REGISTER_PER_ADDRESS).

        The audit log records `user.created`, with the new user as the actor.
        """
        return service.register(body)
