"""The endpoints: call one service function, return what it returned."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from api.core import clock
from api.core.principal import Principal
from api.sessions import schemas, service
from api.sessions.errors import InvalidRefreshToken, RefreshTokenReused, SessionNotFound
from api.sessions.service import Grant, Shown
from api.tokens.access_tokens import current_tokens
from api.web import bodies
from api.web.restx import Namespace, Resource

ns = Namespace("sessions", path="/api", description="Where you are logged in")


@dataclass(frozen=True)
class Tokens:
    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  the name of a scheme


@dataclass(frozen=True)
class Sessions:
    items: list[Shown]


def tokens_for(grant: Grant) -> Tokens:
    until = min(grant.idle_until, grant.expires_at)
    issued = current_tokens().issue(
        grant.user_id, grant.session_id, grant.roles, session_ends_at=until
    )
    left = until - clock.now()
    return Tokens(
        issued.access_token,
        issued.expires_in,
        grant.refresh_token,
        max(0, int(left.total_seconds())),
    )


@ns.route("/refresh")
class Refresh(Resource):
    @ns.operation(
        "refresh",
        body=schemas.refresh,
        response=schemas.tokens,
        public=True,
        transaction=False,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidRefreshToken, RefreshTokenReused],
    )
    def post(self, *, body: schemas.RefreshBody) -> Tokens:
        """Exchange a refresh token for a new one and a new access token.

        Each refresh token counts once. If one comes a second time its session ends, since somebody
        may have stolen it; only the one before the newest may come again for a few seconds, and
        yields the newest, so that an answer that got lost can be asked for again.
        """
        current_tokens().require_signing_key()  # before the refresh token is used
        return tokens_for(service.refresh(body["refresh_token"]))


@ns.route("/logout")
class Logout(Resource):
    @ns.operation(
        "log_out", query=schemas.logout, status=204, authenticated=True, allow_ended_session=True
    )
    def post(self, *, query: schemas.LogoutQuery, by: Principal) -> None:
        """Log out: end this session, all your others, or all.

        Their access tokens and refresh tokens stop working at once. Whoever has logged out already
        is answered alike.
        """
        service.log_out(query["scope"], by=by)


@ns.route("/me/sessions")
class MySessions(Resource):
    @ns.operation("list_my_sessions", authenticated=True, response=schemas.sessions)
    def get(self, *, by: Principal) -> Sessions:
        """See where you are logged in, the last used first."""
        return Sessions(service.list_own(by))

    @ns.operation("end_my_other_sessions", authenticated=True, status=204)
    def delete(self, *, by: Principal) -> None:
        """Log out everywhere else."""
        service.end_others(by=by)


@ns.route("/me/sessions/<uuid:session_id>")
class MySession(Resource):
    @ns.operation("end_my_session", authenticated=True, status=204, errors=[SessionNotFound])
    def delete(self, session_id: UUID, *, by: Principal) -> None:
        """Log out somewhere."""
        service.end_own(session_id, by=by)
