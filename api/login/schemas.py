from api.users.schemas import ADA
from api.web.fields import Identifier, One, Password, Text, Username
from api.web.shapes import Model


def typed(**keywords: str) -> Text:
    """Return what someone typed to say who they are: it need not be well-formed."""
    return Text(longest=254, shortest=1, **keywords)


credentials = Model(
    "Credentials",
    {
        "username": typed(),
        "email": typed(),
        "password": Text(longest=256, shortest=1, format="password", required=True),
    },
    description="With both a username and an address, both must be of the same account.",
    example={"username": ADA["username"], "password": ADA["password"]},
    also={"minProperties": 2},  # so at least one of the names; generators understand it
)

password_change = Model(
    "PasswordChange",
    {
        "current_password": Text(longest=256, shortest=1, format="password", required=True),
        "new_password": Password(required=True),
    },
    example={"current_password": ADA["password"], "new_password": "the analytical engine weaves"},
)

reauthentication = Model(
    "Reauthentication",
    {"password": Text(longest=256, shortest=1, format="password", required=True)},
    example={"password": ADA["password"]},
)

caller = Model("Caller", {"id": Identifier(required=True), "username": Username(required=True)})

greeting = Model(
    "Greeting", {"message": Text(longest=200, required=True), "user": One(caller, required=True)}
)
