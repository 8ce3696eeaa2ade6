"""The authenticator for access tokens: it finds the user whose session a token belongs to."""

from flask import Request

from api.core.errors import Unauthenticated
from api.core.principal import Principal
from api.sessions.authentication import authenticate_session
from api.tokens.access_tokens import Claims, current_tokens, is_access_token


class SessionTokenAuthenticator:
    """Accepts ``Authorization: Bearer <access token>``."""

    def authenticate(self, request: Request) -> Principal | None:
        """Return the user of the token's session.

        Raises:
            Unauthenticated: the token is not valid, or its session has ended.
        """
        claims = _read_claims(request)
        if claims is None:
            return None
        principal = authenticate_session(claims.session)
        if principal is None or principal.id != claims.subject:
            raise Unauthenticated
        return principal

    def identify(self, request: Request) -> Principal | None:
        """Return the user of the token, without a credential if the session has ended.

        Raises:
            Unauthenticated: the token is not valid.
        """
        claims = _read_claims(request)
        if claims is None:
            return None
        return authenticate_session(claims.session) or Principal(id=claims.subject)


def _read_claims(request: Request) -> Claims | None:
    header = request.headers.get("Authorization", "")
    return current_tokens().read_claims(header) if is_access_token(header) else None
