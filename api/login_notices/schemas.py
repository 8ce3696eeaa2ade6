from typing import TypedDict

from api.web.fields import String
from api.web.schemas import Model

EXAMPLE_TOKEN = "kX3v" * 10 + "kX3"


class SessionEnd(TypedDict):
    token: str


session_end = Model(
    "SessionEnd",
    {
        "token": String(
            max_length=256,
            min_length=1,
            required=True,
            description="The `token` of the link in the mail about a new device",
        )
    },
    description="The one-time token of a mail about a login from a new device.",
    example={"token": EXAMPLE_TOKEN},
)
