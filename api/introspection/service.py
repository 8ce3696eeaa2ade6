"""Introspecting and revoking tokens."""

from enum import StrEnum
from typing import NamedTuple, NotRequired, TypedDict
from uuid import UUID

from api.core.principal import Principal
from api.sessions import refreshing
from api.sessions import service as sessions
from api.sessions.authentication import authenticate_session
from api.tokens.access_tokens import FIRST_PARTY_CLIENT, TokenClaims, current_tokens

BEARER = "Bearer"


class TokenUse(StrEnum):
    """Which token it is. RFC 7662 has no member for that; only access tokens have a type."""

    ACCESS = "access_token"
    REFRESH = "refresh_token"


class Introspection(NamedTuple):
    """The response to an introspection request (RFC 7662, 2.2)."""

    active: bool
    token_type: str | None = None
    token_use: str | None = None
    client_id: str | None = None
    sub: str | None = None
    sid: str | None = None
    username: str | None = None
    roles: list[str] | None = None
    scope: str | None = None
    iss: str | None = None
    aud: str | None = None
    jti: str | None = None
    iat: int | None = None
    nbf: int | None = None
    exp: int | None = None


class IntrospectedClaims(TypedDict):
    """Members that depend on the token; a refresh token has only its expiry."""

    exp: int
    token_type: NotRequired[str]
    iss: NotRequired[str]
    aud: NotRequired[str]
    jti: NotRequired[str]
    iat: NotRequired[int]
    nbf: NotRequired[int]


NOT_ACTIVE = Introspection(active=False)


def introspect(token: str) -> Introspection:
    """Return whether an access token or refresh token is valid now, and its details."""
    claims = current_tokens().find_claims(token)
    if claims is not None:
        return _describe(UUID(claims["sid"]), _select_claims(claims), TokenUse.ACCESS)
    session = refreshing.find_by_refresh_token(token)
    if session is None:
        return NOT_ACTIVE
    return _describe(
        session.session_id, {"exp": int(session.ends_at.timestamp())}, TokenUse.REFRESH
    )


def revoke(token: str, *, by: Principal) -> None:
    """End the session of a token; an invalid token is ignored (RFC 7009, 2.2)."""
    claims = current_tokens().find_claims(token)
    if claims is not None:
        sessions.revoke(UUID(claims["sid"]), user_id=UUID(claims["sub"]), by=by)
    elif session := refreshing.find_by_refresh_token(token):
        sessions.revoke(session.session_id, user_id=session.user_id, by=by)


def _select_claims(claims: TokenClaims) -> IntrospectedClaims:
    return {
        "token_type": BEARER,
        "exp": claims["exp"],
        "iss": claims["iss"],
        "aud": claims["aud"],
        "jti": claims["jti"],
        "iat": claims["iat"],
        "nbf": claims["nbf"],
    }


def _describe(session_id: UUID, claims: IntrospectedClaims, use: TokenUse) -> Introspection:
    principal = authenticate_session(session_id)
    if principal is None or principal.must_change_password or principal.must_verify_email:
        return NOT_ACTIVE
    return Introspection(
        active=True,
        token_use=use,
        client_id=FIRST_PARTY_CLIENT,
        sub=str(principal.id),
        sid=str(session_id),
        username=principal.profile.username,
        roles=list(principal.profile.roles),
        scope=" ".join(sorted(principal.permissions)),
        **claims,
    )
