"""A service account as a caller."""

from dataclasses import dataclass

from api.core.principal import Principal, PrincipalKind


@dataclass(frozen=True, kw_only=True)
class ServiceAccountPrincipal(Principal):
    """A service account, with an API key or an access token, and its name."""

    kind: PrincipalKind = PrincipalKind.SERVICE_ACCOUNT
    name: str
