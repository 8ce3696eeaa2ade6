from typing import NotRequired, TypedDict

from api.users.schemas import ADA
from api.web.fields import EXAMPLE_ID, Identifier, Nested, Password, String, Username
from api.web.schemas import Model


class LoginBody(TypedDict):
    username: NotRequired[str]
    email: NotRequired[str]
    password: str
    device_token: NotRequired[str]


class PasswordChange(TypedDict):
    current_password: str
    new_password: str


class Reauthentication(TypedDict):
    password: str


def make_name_field(description: str) -> String:
    """Return the field for a username or an e-mail address, of any form."""
    return String(max_length=254, min_length=1, description=description)


def make_current_password(description: str) -> String:
    """Return the field for a password that is verified; the rules of new ones do not apply."""
    return String(
        max_length=256, min_length=1, format="password", required=True, description=description
    )


credentials = Model(
    "Credentials",
    {
        "username": make_name_field(
            "The username, in any letter case. A text with `@` is also looked up as an e-mail "
            "address, so a form with one field can send it here."
        ),
        "email": make_name_field("The e-mail address, in any letter case"),
        "password": make_current_password("The password, with at most 256 characters"),
        "device_token": String(
            max_length=256,
            description="The `device_token` of an earlier login of this account on this device. "
            "One that is not valid is ignored.",
        ),
    },
    description="The password, with a username, an e-mail address or both. Both must belong to the "
    "same account.",
    example={"username": ADA["username"], "password": ADA["password"]},
    also={"minProperties": 2},  # the password and a name; client generators support no ``anyOf``
)

password_change = Model(
    "PasswordChange",
    {
        "current_password": make_current_password(
            "The password until now, or the temporary password"
        ),
        "new_password": Password(
            required=True,
            description="The new password, with at most 256 characters. Spaces and all letters are "
            "allowed. Common passwords and those that contain your names are rejected.",
        ),
    },
    description="The current password and the one that replaces it.",
    example={"current_password": ADA["password"], "new_password": "the analytical engine weaves"},
)

reauthentication = Model(
    "Reauthentication",
    {"password": make_current_password("Your password")},
    description="The password of the user who sends the request.",
    example={"password": ADA["password"]},
)

caller = Model(
    "Caller",
    {
        "id": Identifier(
            required=True,
            description="Your id, which never changes; or that of the service account",
        ),
        "username": Username(required=True),
    },
    description="The user or service account that sends the request.",
    example={"id": EXAMPLE_ID, "username": ADA["username"]},
)

greeting = Model(
    "Greeting",
    {
        "message": String(
            max_length=300,
            required=True,
            description="A greeting with your username or your e-mail address, or with the name "
            "of the service account",
        ),
        "user": Nested(caller, required=True, description="Who you are"),
    },
    description="The response to a valid access token.",
    example={"message": "Hello, ada!", "user": {"id": EXAMPLE_ID, "username": "ada"}},
)
