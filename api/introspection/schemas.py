"""The models of introspection and revocation."""

from typing import NotRequired, TypedDict

from api.oauth.schemas import CLIENT_MEMBERS, ClientMembers
from api.sessions.schemas import ACCESS_TOKEN
from api.web.fields import (
    EXAMPLE_ID,
    EXAMPLE_SESSION_ID,
    EXAMPLE_TOKEN_ID,
    Boolean,
    Enum,
    Identifier,
    String,
    StringList,
    StringOrList,
    UnixTime,
)
from api.web.schemas import Model

# That of a body by default. A longer text than any token is answered like one that is not valid.
MAX_TOKEN_LENGTH = 65_536


class PresentedToken(TypedDict):
    token: str
    token_type_hint: NotRequired[str]


class PresentedTokenWithClient(ClientMembers):
    """A presented token with the members that authenticate a client."""

    token: str
    token_type_hint: NotRequired[str]


presented_token = Model(
    "PresentedToken",
    {
        "token": String(
            max_length=MAX_TOKEN_LENGTH,
            min_length=1,
            required=True,
            description="The access token, refresh token or API key that the request is about. The "
            "credential of the caller is sent separately.",
        ),
        "token_type_hint": String(
            max_length=100,
            description="`access_token` or `refresh_token` (RFC 7009, 2.1). The service needs no "
            "hint and accepts any text, also for an API key.",
        ),
    },
    description="The form of RFC 7662, 2.1, and of RFC 7009, 2.1. Further members are ignored.",
    example={"token": ACCESS_TOKEN},
    also={"additionalProperties": True},
)

presented_token_with_client = Model(
    "PresentedTokenWithClient",
    {**presented_token, **CLIENT_MEMBERS},
    description="The form of RFC 7662, 2.1, and of RFC 7009, 2.1, with the members of client "
    "authentication (RFC 6749, 2.3.1; RFC 7523). Further members are ignored.",
    example={"token": ACCESS_TOKEN},
    also={"additionalProperties": True},
)

introspection = Model(
    "Introspection",
    {
        "active": Boolean(
            required=True,
            description="Whether the token is valid now: its signature, its times, its session and "
            "the account",
        ),
        "token_type": Enum(
            ["Bearer"],
            description="How an access token is sent (RFC 6750). A refresh token has no type.",
        ),
        "token_use": Enum(
            ["access_token", "api_key", "refresh_token"],
            description="Which token it is. A service that receives a request never accepts a "
            "`refresh_token`.",
        ),
        "client_id": String(
            max_length=64,
            description="The client that the token was issued to. It is `rollbook` for each user "
            "who has logged in with this API, and the id of the account for a service account. "
            "Missing for an API key of a user.",
        ),
        "sub": Identifier(
            description="The id of the user or of the service account, which never changes"
        ),
        "sid": Identifier(
            description="The id of the session, which several tokens can share. A service account "
            "has none."
        ),
        "username": String(
            max_length=254, description="The current username. Missing if the user has none."
        ),
        "roles": StringList(
            String(max_length=64),
            max_items=21,
            description="The roles of the account now. They can differ from those in the token. "
            "Missing for an API key.",
        ),
        "scope": String(
            max_length=4096,
            description="The permissions of the account now, separated by spaces; for a service "
            "account only those for which the token was issued. Missing if there are none.",
        ),
        "iss": String(
            max_length=2048,
            description="The issuer, as in the token. Missing for a refresh token and an API key.",
        ),
        "aud": StringOrList(
            String(max_length=2048),
            max_items=10,
            description="The audience, as in the token. It is a list only if a service account "
            "has requested the token for several services. Only access tokens have one.",
        ),
        "jti": String(
            max_length=64,
            description="The id of the token. Missing for a refresh token and an API key.",
        ),
        "iat": UnixTime(
            description="When the token was issued, in seconds since 1970. Missing for a refresh "
            "token and an API key."
        ),
        "nbf": UnixTime(
            description="From when the token is valid, in seconds since 1970. Missing for a "
            "refresh token and an API key."
        ),
        "exp": UnixTime(
            description="When the token expires, in seconds since 1970. Missing for an API key "
            "that does not expire."
        ),
    },
    description="RFC 7662, 2.2. If the token is not valid, `active` is the only member.",
    example={
        "active": True,
        "token_type": "Bearer",
        "token_use": "access_token",
        "client_id": "rollbook",
        "sub": EXAMPLE_ID,
        "sid": EXAMPLE_SESSION_ID,
        "username": "ada",
        "roles": ["support"],
        "scope": "users:read",
        "iss": "https://rollbook.example",
        "aud": "rollbook",
        "jti": EXAMPLE_TOKEN_ID,
        "iat": 1_795_426_200,
        "nbf": 1_795_426_200,
        "exp": 1_795_427_100,
    },
)
