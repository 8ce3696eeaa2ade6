from api.discovery.service import ASSERTION_ALGORITHMS, CLIENT_METHODS
from api.keys.pairs import ALGORITHMS
from api.web.fields import Enum, String, StringList
from api.web.schemas import Model

ISSUER = "https://rollbook.example"
CLIENT_AUTH_METHODS = StringList(
    String(max_length=64),
    max_items=20,
    required=True,
    description="How a service account authenticates",
)
SIGNING_ALGORITHMS = StringList(
    String(max_length=64),
    max_items=20,
    required=True,
    description="The algorithms that client assertions (`private_key_jwt`) can be signed with",
)
SCOPES = StringList(
    String(max_length=64),
    max_items=100,
    required=True,
    description="The permissions, each of which can be requested as a scope",
)
EXAMPLE_ALGORITHMS = [*ASSERTION_ALGORITHMS]
EXAMPLE_SCOPES = ["users:read", "users:write"]


def _url(description: str) -> String:
    return String(max_length=2048, format="uri", required=True, description=description)


metadata = Model(
    "ServerMetadata",
    {
        "issuer": String(
            max_length=2048, required=True, description="The claim `iss` of access tokens"
        ),
        "jwks_uri": _url("The public keys that verify access tokens"),
        "token_endpoint": _url("Issues access tokens to service accounts (RFC 6749, 4.4)"),
        "grant_types_supported": StringList(
            String(max_length=64),
            max_items=20,
            required=True,
            description="`client_credentials`: users log in with `POST /api/login` instead",
        ),
        "scopes_supported": SCOPES,
        "token_endpoint_auth_methods_supported": CLIENT_AUTH_METHODS,
        "token_endpoint_auth_signing_alg_values_supported": SIGNING_ALGORITHMS,
        "introspection_endpoint": _url("Returns whether a token is valid now (RFC 7662)"),
        "introspection_endpoint_auth_methods_supported": StringList(
            String(max_length=64),
            max_items=20,
            required=True,
            description="How the caller authenticates: as a client, or with an access token or an "
            "API key (`Bearer`)",
        ),
        "introspection_endpoint_auth_signing_alg_values_supported": SIGNING_ALGORITHMS,
        "revocation_endpoint": _url("Revokes a token, or ends its session (RFC 7009)"),
        "revocation_endpoint_auth_methods_supported": CLIENT_AUTH_METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": SIGNING_ALGORITHMS,
        "response_types_supported": StringList(
            Enum(["none"]),
            max_items=20,
            required=True,
            description="`none`: there is no authorization endpoint",
        ),
        "subject_types_supported": StringList(
            Enum(["public"]),
            max_items=20,
            required=True,
            description="Every service sees the same `sub`",
        ),
        "id_token_signing_alg_values_supported": StringList(
            Enum([*ALGORITHMS, "HS256"]),
            max_items=20,
            required=True,
            description="The algorithms that access tokens are signed with; there are no ID tokens",
        ),
        "claims_supported": StringList(
            String(max_length=64),
            max_items=100,
            required=True,
            description="The claims of access tokens",
        ),
    },
    description="The metadata of the authorization server (RFC 8414, OpenID Connect Discovery "
    "1.0). It has no `authorization_endpoint`.",
    example={
        "issuer": ISSUER,
        "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
        "token_endpoint": f"{ISSUER}/oauth/token",
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": EXAMPLE_SCOPES,
        "token_endpoint_auth_methods_supported": [*CLIENT_METHODS],
        "token_endpoint_auth_signing_alg_values_supported": EXAMPLE_ALGORITHMS,
        "introspection_endpoint": f"{ISSUER}/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": [*CLIENT_METHODS, "Bearer"],
        "introspection_endpoint_auth_signing_alg_values_supported": EXAMPLE_ALGORITHMS,
        "revocation_endpoint": f"{ISSUER}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": [*CLIENT_METHODS],
        "revocation_endpoint_auth_signing_alg_values_supported": EXAMPLE_ALGORITHMS,
        "response_types_supported": ["none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "claims_supported": [
            "iss",
            "aud",
            "sub",
            "client_id",
            "sid",
            "iat",
            "nbf",
            "exp",
            "jti",
            "typ",
            "roles",
            "scope",
            "credential",
        ],
    },
)

resource_metadata = Model(
    "ResourceMetadata",
    {
        "resource": _url("The API: the URL with which its paths begin"),
        "authorization_servers": StringList(
            String(max_length=2048),
            max_items=20,
            required=True,
            description="The issuers of the access tokens that the API accepts. There is one, "
            "Rollbook itself.",
        ),
        "bearer_methods_supported": StringList(
            Enum(["header"]),
            max_items=20,
            required=True,
            description="How an access token is sent: in the header `Authorization` (RFC 6750, "
            "2.1), and neither in the body nor in the query",
        ),
        "scopes_supported": SCOPES,
        "resource_name": String(
            max_length=64, required=True, description="The name of the API, for people"
        ),
    },
    description="The metadata of the API as a protected resource (RFC 9728, 2).",
    example={
        "resource": ISSUER,
        "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
        "scopes_supported": EXAMPLE_SCOPES,
        "resource_name": "Rollbook",
    },
)
