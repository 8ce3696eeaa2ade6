from typing import NotRequired, TypedDict

from api.users.fields import locale
from api.users.schemas import ADA
from api.web.fields import Email, Password, Username
from api.web.schemas import Model


class Registration(TypedDict):
    username: NotRequired[str | None]
    email: str
    password: str
    locale: NotRequired[str | None]


registration = Model(
    "Registration",
    {
        "username": Username(),
        "email": Email(required=True),
        "password": Password(
            required=True,
            description="The password, with at most 256 characters. Spaces and all letters are "
            "allowed. Common passwords and those that contain your names are rejected.",
        ),
        "locale": locale(),
    },
    description="The names, the password and the language of a new account.",
    example=ADA,
)
