from typing import TypedDict

from api.web.fields import EXAMPLE_ONE_TIME_TOKEN, Email, OneTimeToken
from api.web.schemas import Model


class EmailChange(TypedDict):
    email: str


class MailedToken(TypedDict):
    token: str


email_change = Model(
    "EmailChange",
    {"email": Email(required=True, description="The new e-mail address")},
    description="The e-mail address that the account is to have.",
    example={"email": "countess@example.org"},
)

mailed_token = Model(
    "EmailChangeToken",
    {"token": OneTimeToken(required=True)},
    description="The token of a mail about the change of an e-mail address.",
    example={"token": EXAMPLE_ONE_TIME_TOKEN},
)
