from api.sessions.schemas import ACCESS_TOKEN
from api.web.fields import EXAMPLE_ID, Boolean, Enum, Identifier, Integer, String, StringList
from api.web.schemas import Model

shown_token = Model(
    "ShownToken",
    {
        "token": String(max_length=4096, min_length=1, required=True),
        "token_type_hint": String(
            max_length=100, description="`access_token` or `refresh_token`; it need not be given"
        ),
    },
    example={"token": ACCESS_TOKEN},
)

introspection = Model(
    "Introspection",
    {
        "active": Boolean(required=True, description="Whether the token is good just now"),
        "token_type": Enum(["access_token", "refresh_token"]),
        "sub": Identifier(description="Whose it is"),
        "sid": Identifier(description="The session it belongs to"),
        "username": String(max_length=32),
        "roles": StringList(
            String(max_length=64), description="As they are now, not as the token has them"
        ),
        "scope": String(max_length=4096, description="The permissions, with spaces between"),
        "iss": String(max_length=2048),
        "aud": String(max_length=2048),
        "jti": String(max_length=64),
        "iat": Integer(),
        "nbf": Integer(),
        "exp": Integer(),
    },
    description="As RFC 7662, 2.2 has it; of a token that is not good nothing else is told.",
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
