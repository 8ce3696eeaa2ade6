"""The operation behind the link in the mail about a new device."""

from api.login_notices import new_devices, schemas
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.web import bodies
from api.web.restx import Namespace, Resource

ns = Namespace(
    "login_notices",
    path="/api",
    description="What the link does in the mail about a login from a new device.",
)


@ns.route("/sessions/end")
class EndOfSession(Resource):
    @ns.operation(
        "end_session_by_mail",
        body=schemas.session_end,
        status=204,
        public=True,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidOneTimeToken],
    )
    def post(self, *, body: schemas.SessionEnd) -> None:
        """End a session with the link in the mail about a new device.

        After a login from a new device, the owner of the account gets a mail with a link
        (NEW_DEVICE_NOTICE; only if the service sends mail). Its token is valid for 7 days and works
        once. The session of that login ends, and its tokens stop working at once. The response is
        the same if the session has already ended. No access token is needed.

        A device is new if the login has no valid `device_token`, and the user has not logged in
        with the same browser and operating system from the same network in the last 90 days. There
        is no mail about the first login of an account.

        If the user does not know the login, another person knows the password. So let the user
        choose a new one next. The audit log records `session.ended`, or nothing if the session had
        already ended.
        """
        new_devices.end_session(body["token"])
