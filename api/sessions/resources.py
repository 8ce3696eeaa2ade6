"""The endpoints for refreshing, logging out, and a user's own sessions."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from api.api_keys import listing
from api.api_keys.listing import ApiKeyRow
from api.api_keys.owners import make_user_owner
from api.core import clock
from api.core.errors import PasswordChangeRequired, SigningKeyLocked
from api.core.principal import Principal
from api.sessions import refreshing, schemas, service
from api.sessions.errors import InvalidRefreshToken, RefreshTokenReused, SessionNotFound
from api.sessions.issued import IssuedSession
from api.sessions.service import ListedSession
from api.tokens.access_tokens import current_tokens
from api.tokens.claims import Purpose
from api.web import bodies
from api.web.links import Link, link_all
from api.web.restx import Namespace, Resource

SESSION = {  # what a client can do with the tokens of a session
    "refresh": Link(body={"refresh_token": "$response.body#/refresh_token"}),
    **link_all(
        "get_me",
        "update_me",
        "delete_me",
        "get_protected",
        "list_my_sessions",
        "end_my_other_sessions",
        "log_out",
    ),
}
LISTED = link_all("end_my_session", session_id="$response.body#/items/0/id")

ns = Namespace(
    "sessions",
    path="/api",
    description="Refresh the tokens of your session, log out, and see on which devices you are "
    "logged in.",
)


@dataclass(frozen=True)
class Tokens:
    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    must_change_password: bool
    must_verify_email: bool
    device_token: str | None = None
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  the name of a scheme


@dataclass(frozen=True)
class Sessions:
    items: list[ListedSession]
    api_keys: list[ApiKeyRow] | None = None  # in the list of the caller's own sessions


def issue_tokens(session: IssuedSession) -> Tokens:
    """Sign an access token for a session, and return it with the refresh token.

    With a temporary password, the access token only chooses a new one. Before the e-mail address is
    confirmed, it is not accepted by other services.
    """
    purpose = _find_purpose(session)
    access = current_tokens().issue(
        session.user_id,
        session.session_id,
        session.roles if purpose is Purpose.ACCESS else (),
        session_ends_at=session.ends_at,
        purpose=purpose,
    )
    remaining = session.ends_at - clock.now()
    return Tokens(
        access.access_token,
        access.expires_in,
        session.refresh_token,
        max(0, int(remaining.total_seconds())),
        session.must_change_password,
        session.must_verify_email,
        session.device_token,
    )


def _find_purpose(session: IssuedSession) -> Purpose:
    if session.must_change_password:
        return Purpose.PASSWORD_CHANGE
    return Purpose.EMAIL_VERIFICATION if session.must_verify_email else Purpose.ACCESS


@ns.route("/refresh")
class Refresh(Resource):
    @ns.operation(
        "refresh",
        body=schemas.refresh,
        response=schemas.tokens,
        public=True,
        transaction=False,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[
            InvalidRefreshToken,
            RefreshTokenReused,
            PasswordChangeRequired,
            SigningKeyLocked,
        ],
        links=SESSION,
    )
    def post(self, *, body: schemas.RefreshBody) -> Tokens:
        """Exchange a refresh token for a new one and a new access token.

        No access token is needed. Store both new tokens before you use them. Each exchange extends
        the session: it ends 7 days after the last one (SESSION_IDLE_SECONDS) and at the latest 30
        days after the login (SESSION_SECONDS). Then the user logs in again.

        A refresh token can be exchanged once. If it is sent again, it may be stolen: the session
        ends, the error is `refresh_token_reused`, and the audit log records `refresh_token.reused`.
        The exception is a response that was lost: for 10 seconds (REFRESH_GRACE_SECONDS), the token
        before the newest one returns the newest one again. So repeat a request that had no response
        at once. Do not send two refreshes of one session at the same time.
        """
        current_tokens().require_signing_key()  # so that the refresh token is not used in vain
        return issue_tokens(refreshing.refresh(body["refresh_token"]))


@ns.route("/logout")
class Logout(Resource):
    @ns.operation(
        "log_out",
        query=schemas.logout,
        status=204,
        authenticated=True,
        allow_ended_session=True,
        allow_temporary_password=True,
        allow_unverified_email=True,
    )
    def post(self, *, query: schemas.LogoutQuery, by: Principal) -> None:
        """Log out: end this session, all your other sessions, or all your sessions.

        The access tokens and refresh tokens of these sessions stop working at once, at this
        service. A service that only verifies signatures accepts an access token until it expires.
        Delete the tokens that you have stored.

        The response is the same if the session has already ended, so the request can be repeated.
        The audit log records `session.ended` for `scope=local`, and `sessions.ended` otherwise;
        nothing if no session has ended.
        """
        service.log_out(query["scope"], by=by)


@ns.route("/me/sessions")
class MySessions(Resource):
    @ns.operation("list_my_sessions", authenticated=True, response=schemas.sessions, links=LISTED)
    def get(self, *, by: Principal) -> Sessions:
        """List your sessions, the most recently used first.

        The list is complete: it has no pages. It contains your active sessions, at most 100, and
        those that ended because one of their refresh tokens was used twice, so that you can notice
        a theft. Show `device`, `address` and `last_used_at` to the user, and end a session that the
        user does not know.

        `api_keys` has your API keys, as `GET /api/me/api-keys` lists them: programs use your
        account with them, without a session.
        """
        sessions = service.list_sessions(by.id, current_id=by.session_id)
        return Sessions(sessions, listing.list_keys(make_user_owner(by.id)))

    @ns.operation("end_my_other_sessions", authenticated=True, status=204)
    def delete(self, *, by: Principal) -> None:
        """End all your other sessions.

        Only the session of this request stays. The tokens of the others stop working at once. The
        audit log records `sessions.ended` with their number, or nothing if you have no other
        session. Change your password as well if another person may know it.
        """
        service.end_other_sessions(by=by)


@ns.route("/me/sessions/<uuid:session_id>")
class MySession(Resource):
    @ns.operation("end_my_session", authenticated=True, status=204, errors=[SessionNotFound])
    def delete(self, session_id: UUID, *, by: Principal) -> None:
        """End one of your sessions.

        `GET /api/me/sessions` lists them with their ids. The session of this request can be ended
        too; then log in again. A session of another user and one that has already ended are not
        found. The audit log records `session.ended`.
        """
        service.end_session(session_id, user_id=by.id, by=by)
