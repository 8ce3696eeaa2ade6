"""The models of the token endpoint, and the members that authenticate a client."""

from typing import Any, NotRequired, TypedDict

from api.oauth.assertions import ASSERTION_TYPE
from api.oauth.errors import InvalidClient
from api.service_accounts.credential_schemas import EXAMPLE_SECRET
from api.web.fields import EXAMPLE_SERVICE_ACCOUNT_ID, Integer, String, StringList
from api.web.schemas import Model

MAX_ASSERTION_LENGTH = 8192


class ClientMembers(TypedDict):
    """What authenticates a client in a form."""

    client_id: NotRequired[str]
    client_secret: NotRequired[str]
    client_assertion_type: NotRequired[str]
    client_assertion: NotRequired[str]


class AccessTokenRequest(ClientMembers):
    """The form of RFC 6749, 4.4.2."""

    grant_type: str
    scope: NotRequired[str]
    resource: NotRequired[list[str]]


CLIENT_MEMBERS: dict[str, Any] = {
    "client_id": String(
        max_length=100,
        description="The id of the service account, if the client does not authenticate with the "
        "header `Authorization`",
    ),
    "client_secret": String(
        max_length=200, description="A client secret of the service account (`client_secret_post`)"
    ),
    "client_assertion_type": String(
        max_length=100, description=f"With a `client_assertion`: `{ASSERTION_TYPE}`"
    ),
    "client_assertion": String(
        max_length=MAX_ASSERTION_LENGTH,
        description="A JWT that the client has signed (`private_key_jwt`, RFC 7523). `iss` and "
        "`sub` are the client id, `aud` is the issuer or the URL of an endpoint of `/oauth`. `exp` "
        "is at most 5 minutes ahead, or `iat` at most 5 minutes ago, and `jti` is another one in "
        "each assertion. The algorithm is one of the registered key: ES256, EdDSA (also called "
        "Ed25519), RS256 or PS256.",
    ),
}

access_token_request = Model(
    "AccessTokenRequest",
    {
        "grant_type": String(
            max_length=100,
            min_length=1,
            required=True,
            description="`client_credentials`, the only grant type",
        ),
        "scope": String(
            max_length=4096,
            description="The permissions that the token carries, separated by spaces: some of "
            "those that the service account has. Without it the token carries all of them.",
        ),
        "resource": StringList(
            String(max_length=2048),
            max_items=10,
            description="The URL of the service that the token is for (RFC 8707), once for each. "
            "It is the URL of this API alone, or some of OAUTH_RESOURCES. Without it the token is "
            "for this API.",
        ),
        **CLIENT_MEMBERS,
    },
    description="The form of RFC 6749, 4.4.2. Further members, and members without a value, are "
    "ignored. Only `resource` may be repeated.",
    example={
        "grant_type": "client_credentials",
        "client_id": EXAMPLE_SERVICE_ACCOUNT_ID,
        "client_secret": EXAMPLE_SECRET,
        "scope": "users:read",
    },
    also={"additionalProperties": True},
)

client_token = Model(
    "ClientToken",
    {
        "access_token": String(
            max_length=8192, required=True, description="A JWT as in RFC 9068, sent as `Bearer`"
        ),
        "token_type": String(max_length=20, required=True, description="`Bearer` (RFC 6750)"),
        "expires_in": Integer(
            required=True, description="The seconds until the token expires (ACCESS_TOKEN_SECONDS)"
        ),
        "scope": String(
            max_length=4096,
            description="The permissions that the token carries, separated by spaces. Missing if "
            "it carries none.",
        ),
    },
    description="The response of RFC 6749, 5.1. There is no refresh token: request another access "
    "token instead.",
    example={
        "access_token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJ0eXAiOiJjbGllbnQifQ.c2ln",
        "token_type": "Bearer",
        "expires_in": 900,
        "scope": "users:read",
    },
)

oauth_error = Model(
    "OAuthError",
    {
        "error": String(
            max_length=64, required=True, description="A code of RFC 6749, 5.2, for programs"
        ),
        "error_description": String(
            max_length=500, required=True, description="What happened, for people"
        ),
    },
    description="An error of OAuth 2.0 (RFC 6749, 5.2).",
    example={"error": "invalid_client", "error_description": InvalidClient.detail},
)
