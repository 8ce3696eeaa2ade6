from typing import TypedDict

from api.users.schemas import ADA
from api.web.fields import EXAMPLE_ONE_TIME_TOKEN, Email, OneTimeToken
from api.web.schemas import Model


class Verification(TypedDict):
    token: str


class VerificationRequest(TypedDict):
    email: str


verification = Model(
    "EmailVerification",
    {
        "token": OneTimeToken(required=True),
    },
    description="The token that was mailed to the e-mail address.",
    example={"token": EXAMPLE_ONE_TIME_TOKEN},
)

verification_request = Model(
    "EmailVerificationRequest",
    {"email": Email(required=True)},
    description="The e-mail address that is to be confirmed.",
    example={"email": ADA["email"]},
)
