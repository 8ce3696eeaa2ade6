"""The models of operations that may have a mail sent."""

from dataclasses import dataclass

from api.web.fields import String
from api.web.schemas import Model


@dataclass(frozen=True)
class MailRequested:
    """The response that does not depend on whether an account has the e-mail address."""

    message: str = "Look for a mail at this e-mail address. It says what to do next."


mail_requested = Model(
    "MailRequested",
    {
        "message": String(
            max_length=200,
            required=True,
            description="A sentence for the user, always the same",
        )
    },
    description="The request was accepted. The response does not depend on whether an account has "
    "the e-mail address.",
    example={"message": MailRequested().message},
)
