from typing import TypedDict

from api.web.fields import EXAMPLE_ONE_TIME_TOKEN, OneTimeToken
from api.web.schemas import Model


class SessionEnd(TypedDict):
    token: str


session_end = Model(
    "SessionEnd",
    {"token": OneTimeToken(required=True)},
    description="The one-time token of a mail about a login from a new device.",
    example={"token": EXAMPLE_ONE_TIME_TOKEN},
)
