"""The authenticator for access tokens: it finds the user whose session a token belongs to."""

from flask import Request

from api.core.errors import Unauthenticated
from api.core.principal import Principal
from api.sessions.authentication import authenticate_session
from api.tokens.access_tokens import current_tokens, is_access_token
from api.tokens.claims import ClientClaims
from api.web.limits import PER_CLIENT


class SessionTokenAuthenticator:
    """Accepts ``Authorization: Bearer <access token>``."""

    for_programs = False
    limit_of_failures = PER_CLIENT
    security_scheme = (
        "token",
        {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token from `POST /api/login` or `POST /api/refresh`, a JWT "
            "(RFC9068) that is verified as RFC8725 requires",
        },
    )

    def authenticate(self, request: Request, *, allow_ended_session: bool) -> Principal | None:
        """Return the user of the token's session, or None if it is a token of a service account.

        With ``allow_ended_session`` it is returned without a credential after the session's end.

        Raises:
            Unauthenticated: the token is not valid, or its session has ended.
        """
        header = request.headers.get("Authorization", "")
        if not is_access_token(header):
            return None
        claims = current_tokens().read_claims(header)
        if isinstance(claims, ClientClaims):
            return None
        principal = authenticate_session(claims.session)
        if principal is None and allow_ended_session:
            return Principal(id=claims.subject)
        if principal is None or principal.id != claims.subject:
            raise Unauthenticated
        return principal
