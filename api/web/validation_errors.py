"""The model of a validation error, which problems and reports of imports contain."""

from api.web.fields import Field, String
from api.web.schemas import Model

validation_error = Model(
    "ValidationError",
    {
        "pointer": Field(
            kind="string",
            maxLength=300_000,  # it may contain the name of an unknown member
            required=True,
            description="The place: a JSON Pointer into the body (RFC 6901), the name of a query "
            "parameter, or an empty text for the input as a whole",
        ),
        "rule": String(
            max_length=40,
            required=True,
            description="The name of the rule, such as `format`. It is stable: decide by it.",
        ),
        "message": String(
            max_length=2000,  # for the names of all events
            required=True,
            description="The rule in words, for people. Later versions may change it.",
        ),
    },
    description="A rule that the input breaks. It never repeats the value.",
    example={"pointer": "/email", "rule": "format", "message": "must be a valid email"},
)
