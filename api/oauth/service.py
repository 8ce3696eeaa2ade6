"""Issuing access tokens to service accounts (RFC 6749, 4.4)."""

from collections.abc import Sequence
from typing import NamedTuple

from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.runtime import current_settings
from api.oauth.client_authentication import PresentedClient, authenticate_client
from api.oauth.errors import InvalidClient, InvalidScope, InvalidTarget, UnsupportedGrantType
from api.oauth.schemas import AccessTokenRequest
from api.tokens.access_tokens import current_tokens

CLIENT_CREDENTIALS = "client_credentials"
BEARER = "Bearer"


class ClientToken(NamedTuple):
    """The response of RFC 6749, 5.1; ``scope`` is missing if it would be empty."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str | None


def issue_token(client: PresentedClient | None, request: AccessTokenRequest) -> ClientToken:
    """Issue an access token to a service account.

    Raises:
        UnsupportedGrantType
        InvalidClient: the client did not authenticate.
        InvalidScope: the scope has a permission that the account does not have.
        InvalidTarget: tokens for this resource are not issued.
    """
    if request["grant_type"] != CLIENT_CREDENTIALS:
        raise UnsupportedGrantType
    if client is None:
        raise InvalidClient
    found = authenticate_client(client)
    scopes = _choose_scopes(request.get("scope"), found.account.permissions)
    issued = current_tokens().issue_to_client(
        found.account.id,
        found.credential.id,
        found.account.roles,
        scopes=scopes,
        audiences=_choose_audiences(request.get("resource")),
    )
    emit(
        Event.TOKEN_ISSUED,
        subject=found.account.id,
        by=found.principal,
        client_credential=str(found.credential.id),
        scopes=sorted(scopes),
    )
    scope = " ".join(sorted(scopes)) or None
    return ClientToken(issued.access_token, BEARER, issued.expires_in, scope)


def _choose_scopes(scope: str | None, permissions: frozenset[Permission]) -> frozenset[str]:
    """Return the requested permissions, or without a request all of the account.

    They are separated by one space (RFC 6749, 3.3). A scope without a value counts as missing, but
    one of spaces alone is malformed.
    """
    requested = frozenset(scope.split(" ") if scope else ())
    if not requested <= permissions:
        raise InvalidScope
    return requested or permissions


def _choose_audiences(resources: Sequence[str] | None) -> list[str]:
    """Return the audiences for the requested resources (RFC 8707), or that of this API.

    A service that receives a token for this API as well could use it here (RFC 9068, 5).
    """
    settings = current_settings()
    known = {settings.public_base_url, *settings.oauth_resources}
    requested = [resource.removesuffix("/") for resource in resources or () if resource]
    audiences = list(dict.fromkeys(requested))
    is_shared = settings.public_base_url in audiences and len(audiences) > 1
    if is_shared or not known.issuperset(audiences):
        raise InvalidTarget
    return audiences or [settings.jwt_audience]
