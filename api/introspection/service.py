"""Introspecting and revoking tokens."""

from api.core.permissions import Permission
from api.core.principal import Principal
from api.introspection.tokens import NOT_ACTIVE, Introspection, find_token


def introspect(token: str, *, by: Principal) -> Introspection:
    """Return whether a token or an API key is valid now, and its details.

    Everyone may ask about own tokens. Whether a token of another account is valid is only
    answered with the permission; that one is not valid is no secret.

    Raises:
        PermissionDenied: it belongs to another account.
    """
    found = find_token(token)
    described = found.describe() if found else NOT_ACTIVE
    if found and described.active and found.owner != by.id:
        by.require(Permission.TOKENS_INTROSPECT)
    return described


def revoke(token: str, *, by: Principal) -> None:
    """End the session of a token, or revoke the token of a service account.

    A token that is not valid is ignored (RFC 7009, 2.2).

    Raises:
        PermissionDenied: it belongs to another account.
    """
    found = find_token(token)
    if found is None:
        return
    if found.owner != by.id:
        by.require(Permission.TOKENS_REVOKE)
    found.revoke(by)
