"""The authenticator for access tokens of service accounts."""

from typing import Any

from flask import Request

from api.core.errors import Unauthenticated
from api.core.permissions import DESCRIPTIONS
from api.core.principal import Principal
from api.oauth.client_authentication import TOKEN_PATH
from api.oauth.client_tokens import find_principal
from api.tokens.access_tokens import current_tokens, is_access_token
from api.tokens.claims import ClientClaims
from api.web import limits


class ClientTokenAuthenticator:
    """Accepts ``Authorization: Bearer <access token of a service account>``."""

    for_programs = True
    limit_of_failures = limits.PER_CLIENT

    def __init__(self, base_path: str = "") -> None:
        scheme: dict[str, Any] = {
            "type": "oauth2",
            "description": "An access token of a service account, from `POST /oauth/token`: a JWT "
            "(RFC9068) that is verified as RFC8725 requires",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": f"{base_path}{TOKEN_PATH}",
                    "scopes": {str(name): text for name, text in DESCRIPTIONS.items()},
                }
            },
        }
        self.security_scheme = ("client_credentials", scheme)

    def authenticate(self, request: Request, *, allow_ended_session: bool) -> Principal | None:
        """Return the service account of the token, or None if it is a token of a session.

        Raises:
            Unauthenticated: the token is not valid, not for this API, or revoked; its credential is
                deleted or has expired; or its account is suspended.
        """
        del allow_ended_session  # it has no session
        header = request.headers.get("Authorization", "")
        if not is_access_token(header):
            return None
        claims = current_tokens().read_claims(header)
        if not isinstance(claims, ClientClaims):
            return None
        found = find_principal(claims) if claims.is_for_this_api else None
        if found is None:
            raise Unauthenticated
        return found[0]
