from typing import NotRequired, TypedDict

from api.users.schemas import ADA
from api.web.fields import EXAMPLE_ID, Identifier, Nested, Password, String, Username
from api.web.schemas import Model


class LoginBody(TypedDict):
    username: NotRequired[str]
    email: NotRequired[str]
    password: str


class PasswordChange(TypedDict):
    current_password: str
    new_password: str


class Reauthentication(TypedDict):
    password: str


def make_name_field() -> String:
    """Return the field for a username or an e-mail address, of any form."""
    return String(max_length=254, min_length=1)


credentials = Model(
    "Credentials",
    {
        "username": make_name_field(),
        "email": make_name_field(),
        "password": String(max_length=256, min_length=1, format="password", required=True),
    },
    description="With both a username and an e-mail address, both must belong to the same account.",
    example={"username": ADA["username"], "password": ADA["password"]},
    also={"minProperties": 2},  # the password and a name; client generators support no ``anyOf``
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
    {"message": String(max_length=300, required=True), "user": Nested(caller, required=True)},
    example={"message": "Hello, ada!", "user": {"id": EXAMPLE_ID, "username": "ada"}},
)
