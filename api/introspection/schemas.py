from typing import NotRequired, TypedDict

from api.sessions.schemas import ACCESS_TOKEN
from api.web.fields import EXAMPLE_ID, Boolean, Enum, Identifier, Integer, String, StringList
from api.web.schemas import Model


class TokenRequest(TypedDict):
    token: str
    token_type_hint: NotRequired[str]


token_request = Model(
    "TokenRequest",
    {
        "token": String(max_length=4096, min_length=1, required=True),
        "token_type_hint": String(
            max_length=100, description="`access_token` or `refresh_token`; optional"
        ),
    },
    example={"token": ACCESS_TOKEN},
)

introspection = Model(
    "Introspection",
    {
        "active": Boolean(required=True, description="Whether the token is valid now"),
        "token_type": Enum(["access_token", "refresh_token"]),
        "sub": Identifier(description="The user of the session"),
        "sid": Identifier(description="The session"),
        "username": String(max_length=254, description="Missing if the user has none"),
        "roles": StringList(
            String(max_length=64),
            description="The current roles; they can differ from those in the token",
        ),
        "scope": String(
            max_length=4096, description="The current permissions, separated by spaces"
        ),
        "iss": String(max_length=2048),
        "aud": String(max_length=2048),
        "jti": String(max_length=64),
        "iat": Integer(),
        "nbf": Integer(),
        "exp": Integer(),
    },
    description="RFC 7662, 2.2. If the token is not valid, `active` is the only member.",
    example={
        "active": True,
        "token_type": "access_token",
        "sub": EXAMPLE_ID,
        "sid": EXAMPLE_ID,
        "username": "ada",
        "roles": ["user"],
        "scope": "",
    },
)
