"""The metadata of the authorization server, and of the API as a protected resource."""

import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import cached_property
from itertools import chain
from urllib.parse import urlsplit

from api.core.etags import make_version
from api.core.permissions import Permission
from api.core.runtime import current_settings
from api.keys import service as keys
from api.oauth.client_authentication import INTROSPECTION_PATH, REVOCATION_PATH, TOKEN_PATH
from api.oauth.service import CLIENT_CREDENTIALS
from api.service_accounts.public_keys import ALGORITHMS
from api.tokens.claims import TokenClaims

JWKS_PATH = "/.well-known/jwks.json"
CLIENT_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")
ASSERTION_ALGORITHMS = tuple(chain.from_iterable(ALGORITHMS.values()))
SCOPES = tuple(str(permission) for permission in Permission)
ISSUER_PATH = re.compile(r"(/[\w.~-]+)+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class ServerMetadata:
    """What a client finds out about this server (RFC 8414; OpenID Connect Discovery 1.0, 3).

    Both standards require ``response_types_supported``. Its only value is that of a server that
    issues nothing at an authorization endpoint.
    """

    issuer: str
    jwks_uri: str
    token_endpoint: str
    introspection_endpoint: str
    revocation_endpoint: str
    id_token_signing_alg_values_supported: list[str]
    grant_types_supported: tuple[str, ...] = (CLIENT_CREDENTIALS,)
    scopes_supported: tuple[str, ...] = SCOPES
    token_endpoint_auth_methods_supported: tuple[str, ...] = CLIENT_METHODS
    token_endpoint_auth_signing_alg_values_supported: tuple[str, ...] = ASSERTION_ALGORITHMS
    introspection_endpoint_auth_methods_supported: tuple[str, ...] = (*CLIENT_METHODS, "Bearer")
    introspection_endpoint_auth_signing_alg_values_supported: tuple[str, ...] = ASSERTION_ALGORITHMS
    revocation_endpoint_auth_methods_supported: tuple[str, ...] = CLIENT_METHODS  # no token type
    revocation_endpoint_auth_signing_alg_values_supported: tuple[str, ...] = ASSERTION_ALGORITHMS
    response_types_supported: tuple[str, ...] = ("none",)
    subject_types_supported: tuple[str, ...] = ("public",)
    claims_supported: tuple[str, ...] = tuple(TokenClaims.__annotations__)

    @cached_property
    def version(self) -> int:
        """Return a number that changes with the metadata."""
        return make_version(repr(astuple(self)))


@dataclass(frozen=True, kw_only=True)
class ResourceMetadata:
    """What a client finds out about the API before it has a token (RFC 9728, 2)."""

    resource: str
    authorization_servers: list[str]
    bearer_methods_supported: tuple[str, ...] = ("header",)
    scopes_supported: tuple[str, ...] = SCOPES
    resource_name: str = "Rollbook"

    @cached_property
    def version(self) -> int:
        """Return a number that changes with the metadata."""
        return make_version(repr(astuple(self)))


def get_resource_metadata() -> ResourceMetadata:
    settings = current_settings()
    return ResourceMetadata(
        resource=settings.public_base_url, authorization_servers=[settings.jwt_issuer]
    )


def get_metadata() -> ServerMetadata:
    """Return the metadata, with the algorithms of all trusted keys."""
    settings = current_settings()
    base_url = settings.public_base_url
    return ServerMetadata(
        issuer=settings.jwt_issuer,
        jwks_uri=f"{base_url}{JWKS_PATH}",
        token_endpoint=f"{base_url}{TOKEN_PATH}",
        introspection_endpoint=f"{base_url}{INTROSPECTION_PATH}",
        revocation_endpoint=f"{base_url}{REVOCATION_PATH}",
        id_token_signing_alg_values_supported=_list_algorithms(),
    )


def _list_algorithms() -> list[str]:
    """Return the algorithms of tokens, that of new tokens included."""
    settings = current_settings()
    if settings.encryption_key is None:
        return ["HS256"]
    used = {key.public_key.alg for key in keys.list_trusted()}
    return sorted(used | {settings.signing_algorithm})


def list_issuer_paths(issuer: str, well_known: str) -> Iterator[str]:
    """Return the further paths of a metadata document whose issuer or resource has a path.

    RFC 8414, 3.1, and RFC 9728, 3.1, insert the well-known path before that path; OpenID Connect
    Discovery 1.0, 4.1, appends it. Clients mix the two, so there are both.
    """
    path = urlsplit(issuer).path.rstrip("/")
    if ISSUER_PATH.fullmatch(path):
        yield f"{well_known}{path}"
        yield f"{path}{well_known}"
