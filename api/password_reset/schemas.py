from typing import NamedTuple, TypedDict
from uuid import UUID

from api.web.fields import EXAMPLE_ONE_TIME_TOKEN, Email, OneTimeToken, Password
from api.web.schemas import Model


class ResetRequest(TypedDict):
    email: str


class Reset(TypedDict):
    token: str
    new_password: str


class PreparedReset(NamedTuple):
    """A reset whose password has been checked and hashed."""

    user_id: UUID
    token: str
    password_hash: str


reset_request = Model(
    "PasswordResetRequest",
    {"email": Email(required=True, description="The e-mail address of the account")},
    description="The account whose password is forgotten.",
    example={"email": "ada@example.org"},
)

reset = Model(
    "PasswordReset",
    {
        "token": OneTimeToken(required=True),
        "new_password": Password(
            required=True,
            description="The new password, with at most 256 characters. The rules are those of a "
            "registration.",
        ),
    },
    description="The token of the mail, and a new password.",
    example={"token": EXAMPLE_ONE_TIME_TOKEN, "new_password": "a new engine, analytical"},
)
