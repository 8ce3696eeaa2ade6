"""Whether a token that somebody shows is good just now, and making it void."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from api.core.principal import Principal
from api.sessions import service as sessions
from api.sessions.authentication import authenticate_session

Claims = dict[str, Any]
Read = Callable[[str], Claims | None]  # what an access token says, if it is one of ours


class Introspection(NamedTuple):
    """What is told of a token (RFC 7662, 2.2)."""

    active: bool
    token_type: str | None = None
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


NOT_ACTIVE = Introspection(active=False)


def introspect(token: str, *, read: Read) -> Introspection:
    """Tell what a token is good for just now.

    ``read`` verifies access tokens, which belongs to a part that speaks HTTP.
    """
    claims = read(token)
    if claims is not None:
        return _told(UUID(claims["sid"]), claims, "access_token")
    lasting = sessions.of_refresh_token(token)
    if lasting is None:
        return NOT_ACTIVE
    until = min(lasting.idle_until, lasting.expires_at)
    return _told(lasting.session_id, {"exp": int(until.timestamp())}, "refresh_token")


def revoke(token: str, *, read: Read, by: Principal) -> None:
    """End the session of a token; one that is none is void already (RFC 7009, 2.2)."""
    claims = read(token)
    if claims is not None:
        sessions.revoke(UUID(claims["sid"]), of_user=UUID(claims["sub"]), by=by)
    elif lasting := sessions.of_refresh_token(token):
        sessions.revoke(lasting.session_id, of_user=lasting.user_id, by=by)


def _told(session_id: UUID, claims: Claims, token_type: str) -> Introspection:
    holder = authenticate_session(session_id)
    if holder is None:
        return NOT_ACTIVE
    named = {name: claims[name] for name in ("iss", "aud", "jti", "iat", "nbf") if name in claims}
    return Introspection(
        active=True,
        token_type=token_type,
        sub=str(holder.id),
        sid=str(session_id),
        username=holder.profile.username,
        roles=list(holder.profile.roles),
        scope=" ".join(sorted(holder.permissions)),
        exp=claims["exp"],
        **named,
    )
