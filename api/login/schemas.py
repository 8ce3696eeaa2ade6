from api.users.schemas import ADA
from api.web.fields import Identifier, Nested, Password, String, Username
from api.web.schemas import Model


def typed(**keywords: str) -> String:
    """Return what someone typed to say who they are: it need not be well-formed."""
    return String(max_length=254, min_length=1, **keywords)


credentials = Model(
    "Credentials",
    {
        "username": typed(),
        "email": typed(),
        "password": String(max_length=256, min_length=1, format="password", required=True),
    },
    description="With both a username and an address, both must be of the same account.",
    example={"username": ADA["username"], "password": ADA["password"]},
    also={"minProperties": 2},  # so at least one of the names; generators understand it
)

password_change = Model(
    "PasswordChange",
    {
        "current_password": String(max_length=256, min_length=1, format="password", required=True),
        "new_password": Password(required=True),
    },
    example={"current_password": ADA["password"], "new_password": "the analytical engine weaves"},
)

reauthentication = Model(
    "Reauthentication",
    {"password": String(max_length=256, min_length=1, format="password", required=True)},
    example={"password": ADA["password"]},
)

caller = Model("Caller", {"id": Identifier(required=True), "username": Username(required=True)})

greeting = Model(
    "Greeting",
    {"message": String(max_length=200, required=True), "user": Nested(caller, required=True)},
)
