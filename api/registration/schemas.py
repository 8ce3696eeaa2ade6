from typing import TypedDict

from api.users.schemas import ADA
from api.web.fields import Email, Password, Username
from api.web.schemas import Model


class Registration(TypedDict):
    username: str
    email: str
    password: str


registration = Model(
    "Registration",
    {
        "username": Username(required=True),
        "email": Email(required=True),
        "password": Password(required=True),
    },
    example=ADA,
)
