"""The tokens that can be introspected and revoked: which is valid now, whose it is, what it may do.

There is one finder for each kind. A finder returns None for a token of another kind, and for one
that this service has not issued or that has expired.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import NamedTuple, NotRequired, TypedDict
from uuid import UUID

from api.api_keys import service as api_keys
from api.api_keys.authentication import FoundKey, find_key
from api.api_keys.errors import ApiKeyNotFound
from api.api_keys.owners import Owner
from api.core.principal import Principal
from api.core.program_secrets import is_well_formed
from api.oauth import client_tokens
from api.sessions import refreshing
from api.sessions import service as sessions
from api.sessions.authentication import authenticate_session
from api.tokens.access_tokens import current_tokens
from api.tokens.claims import FIRST_PARTY_CLIENT, Claims, ClientClaims, TokenClaims
from api.users.service import UserPrincipal

BEARER = "Bearer"


class TokenUse(StrEnum):
    """Which token it is. RFC 7662 has no member for that; only access tokens have a type."""

    ACCESS = "access_token"
    API_KEY = "api_key"
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
    aud: str | list[str] | None = None
    jti: str | None = None
    iat: int | None = None
    nbf: int | None = None
    exp: int | None = None


NOT_ACTIVE = Introspection(active=False)


class IntrospectedClaims(TypedDict):
    """Members that depend on the token; a refresh token has only its expiry."""

    exp: NotRequired[int]
    token_type: NotRequired[str]
    iss: NotRequired[str]
    aud: NotRequired[str | list[str]]
    jti: NotRequired[str]
    iat: NotRequired[int]
    nbf: NotRequired[int]


@dataclass(frozen=True)
class FoundToken:
    """A token of this service: the id of its account, and what can be done with it.

    The session of an access token may have ended, and the token of a service account may have been
    revoked. ``describe`` checks that, ``find_token`` does not.
    """

    owner: UUID
    describe: Callable[[], Introspection]
    revoke: Callable[[Principal], None]


def find_token(token: str) -> FoundToken | None:
    """Return a token that this service has issued and that has not expired, or None.

    A refresh token or an API key that has been revoked is not found. An access token is, until it
    expires.
    """
    for find in FINDERS:
        found = find(token)
        if found is not None:
            return found
    return None


def _find_access_token(token: str) -> FoundToken | None:
    found = current_tokens().find_claims(token)
    if found is None:
        return None
    claims, every_claim = found
    selected = _select_claims(every_claim)
    if isinstance(claims, ClientClaims):
        return FoundToken(
            claims.subject,
            partial(_describe_client_token, claims, selected),
            lambda by: client_tokens.revoke(claims, by=by),
        )
    return _make_session_token(claims, selected)


def _make_session_token(claims: Claims, selected: IntrospectedClaims) -> FoundToken:
    return FoundToken(
        claims.subject,
        partial(_describe_session, claims.session, selected, TokenUse.ACCESS),
        lambda by: sessions.revoke(claims.session, user_id=claims.subject, by=by),
    )


def _find_refresh_token(token: str) -> FoundToken | None:
    session = refreshing.find_by_refresh_token(token)
    if session is None:
        return None
    session_id, user_id = session.session_id, session.user_id
    claims: IntrospectedClaims = {"exp": _count_seconds(session.ends_at)}
    return FoundToken(
        user_id,
        partial(_describe_session, session_id, claims, TokenUse.REFRESH),
        lambda by: sessions.revoke(session_id, user_id=user_id, by=by),
    )


def _find_api_key(token: str) -> FoundToken | None:
    if not is_well_formed(token, "rb_live_"):
        return None
    found = find_key(token)
    if found is None:
        return None
    owner = Owner(found.principal.kind, found.principal.id)
    return FoundToken(
        owner.id,
        partial(_describe_api_key, found),
        lambda by: _revoke_api_key(found.id, owner, by),
    )


def _revoke_api_key(key_id: UUID, owner: Owner, by: Principal) -> None:
    with suppress(ApiKeyNotFound):  # another request has revoked it meanwhile
        api_keys.revoke_presented(key_id, owner=owner, by=by)


def _join_scopes(permissions: Collection[str]) -> str | None:
    """Return the permissions as a scope, which is missing if there are none (RFC 6749, 3.3)."""
    return " ".join(sorted(permissions)) or None


def _count_seconds(at: datetime) -> int:
    """Return a Unix time; ``int`` of a float rounds the last microseconds of a year up."""
    return int(at.replace(microsecond=0).timestamp())


FINDERS = (_find_access_token, _find_refresh_token, _find_api_key)


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


def _describe_session(session_id: UUID, claims: IntrospectedClaims, use: TokenUse) -> Introspection:
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
        scope=_join_scopes(principal.permissions),
        **claims,
    )


def _describe_api_key(key: FoundKey) -> Introspection:
    """Describe an API key. Whether its networks allow the client only the receiver can know."""
    principal = key.principal
    if principal.must_change_password or principal.must_verify_email:
        return NOT_ACTIVE
    profile = principal.profile if isinstance(principal, UserPrincipal) else None
    return Introspection(
        active=True,
        token_use=TokenUse.API_KEY,
        client_id=None if profile else str(principal.id),
        sub=str(principal.id),
        username=profile.username if profile else None,
        scope=_join_scopes(principal.permissions),
        exp=_count_seconds(key.expires_at) if key.expires_at else None,
    )


def _describe_client_token(claims: ClientClaims, selected: IntrospectedClaims) -> Introspection:
    found = client_tokens.find_principal(claims)
    if found is None:
        return NOT_ACTIVE
    principal, account = found
    return Introspection(
        active=True,
        token_use=TokenUse.ACCESS,
        client_id=str(account.id),
        sub=str(account.id),
        roles=list(account.roles),
        scope=_join_scopes(principal.permissions),
        **selected,
    )
