"""The endpoints with which administrators help users who cannot log in."""

from uuid import UUID

from api.core.errors import StepUpRequired
from api.core.permissions import Permission
from api.core.principal import Principal
from api.credentials import schemas, service
from api.credentials.errors import OwnPassword
from api.credentials.service import AssignedPassword
from api.login.resources import PASSWORD_LIMIT
from api.passwords.account_attempts import AccountAttempts
from api.passwords.errors import PasswordCheckUnavailable
from api.users.errors import UserNotFound
from api.web.restx import Namespace, Resource

ns = Namespace(
    "credentials",
    path="/api",
    description="Help users who cannot log in: set a temporary password, and end the pause "
    "after failed logins.",
)


@ns.route("/users/<uuid:user_id>/password")
class PasswordOfUser(Resource):
    @ns.operation(
        "set_user_password",
        body=schemas.password_assignment,
        response=schemas.assigned_password,
        permission=Permission.USERS_CREDENTIALS,
        accepts_programs=False,
        limit=PASSWORD_LIMIT,
        errors=[UserNotFound, OwnPassword, StepUpRequired, PasswordCheckUnavailable],
    )
    def put(
        self, user_id: UUID, *, body: schemas.PasswordAssignment, by: Principal
    ) -> AssignedPassword:
        """Set the password of a user, or generate a temporary password.

        You must have all permissions that the user has, and your own password must have been
        verified within the last 10 minutes (STEP_UP_SECONDS). Your own account is rejected: use
        `POST /api/me/password`.

        By default the password is temporary. It expires after 7 days (TEMPORARY_PASSWORD_DAYS), and
        after the login the user can only choose a new one. A generated password is in this response
        only and is not stored, so give it to the user at once. Therefore the operation accepts no
        `Idempotency-Key`. If the response is lost, generate another password.

        All sessions of the user end, and the failed logins are forgotten, so that the new password
        works at once. The API keys of the user stay valid: after a theft, revoke them with
        `DELETE /api/users/{user_id}/api-keys/{key_id}`. The audit log records `user.password_set`,
        never the password.
        """
        return service.set_password(user_id, body, by=by)


@ns.route("/users/<uuid:user_id>/login-attempts")
class LoginAttempts(Resource):
    @ns.operation(
        "get_login_attempts",
        response=schemas.login_attempts,
        permission=Permission.USERS_CREDENTIALS,
        errors=[UserNotFound],
    )
    def get(self, user_id: UUID) -> AccountAttempts:
        """Read the failed logins of a user, and until when logins are paused.

        Use it when a user cannot log in. If a pause is the reason, wait until `paused_until`, or
        end the pause with `DELETE`. `networks` shows where the attempts came from: during a pause,
        the user can log in from another network, unless `paused_everywhere` is true, or on a device
        that has logged in before (`device_token`). The counters are about passwords that were sent
        with the username, with the e-mail address or from within a session. A login sets those of
        its network and of all networks to 0.
        """
        return service.read_attempts(user_id)

    @ns.operation(
        "clear_login_attempts",
        status=204,
        permission=Permission.USERS_CREDENTIALS,
        errors=[UserNotFound],
    )
    def delete(self, user_id: UUID, *, by: Principal) -> None:
        """Forget the failed logins of a user, so that a pause ends.

        The next pause is as short as the first one again, and a device token that wrong passwords
        have made void is valid again. You must have all permissions that the user has. The user can
        log in at once, and so can a stranger who guesses passwords: make sure first that the failed
        logins were those of the user. The audit log records `login_attempts.cleared`, also if there
        were none.
        """
        service.clear_attempts(user_id, by=by)
