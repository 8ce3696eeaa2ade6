"""Introspecting and revoking tokens."""

import structlog

from api.core.permissions import Permission
from api.core.principal import Principal
from api.introspection.tokens import NOT_ACTIVE, Introspection, find_token

log = structlog.get_logger()


def introspect(token: str, *, by: Principal) -> Introspection:
    """Return whether a token or an API key is valid now, and its details.

    A caller may introspect its own tokens. Without the permission a token of another account is
    answered like one that is not valid (RFC 7662, 2.2), so that the caller does not learn which
    ones are.
    """
    found = find_token(token)
    if found is None:
        return NOT_ACTIVE
    if found.owner != by.id and Permission.TOKENS_INTROSPECT not in by.permissions:
        log.warning("introspection.permission_missing", permission=Permission.TOKENS_INTROSPECT)
        return NOT_ACTIVE
    return found.describe()


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
