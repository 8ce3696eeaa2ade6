from api.sessions.schemas import ACCESS_TOKEN
from api.web.fields import EXAMPLE_ID, Choice, Flag, Identifier, Text, Whole, Words
from api.web.shapes import Model

shown_token = Model(
    "ShownToken",
    {
        "token": Text(longest=4096, shortest=1, required=True),
        "token_type_hint": Text(
            longest=100, description="`access_token` or `refresh_token`; it need not be given"
        ),
    },
    example={"token": ACCESS_TOKEN},
)

introspection = Model(
    "Introspection",
    {
        "active": Flag(required=True, description="Whether the token is good just now"),
        "token_type": Choice(["access_token", "refresh_token"]),
        "sub": Identifier(description="Whose it is"),
        "sid": Identifier(description="The session it belongs to"),
        "username": Text(longest=32),
        "roles": Words(Text(longest=64), description="As they are now, not as the token has them"),
        "scope": Text(longest=4096, description="The permissions, with spaces between"),
        "iss": Text(longest=2048),
        "aud": Text(longest=2048),
        "jti": Text(longest=64),
        "iat": Whole(),
        "nbf": Whole(),
        "exp": Whole(),
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
