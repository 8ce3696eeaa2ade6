"""The model of a validation error, which problems and reports of imports contain."""

from api.web.fields import Field, String
from api.web.schemas import Model

validation_error = Model(
    "ValidationError",
    {
        "pointer": Field(
            kind="string", required=True, description="JSON Pointer, or name of a parameter"
        ),
        "rule": String(max_length=40, required=True, description="Stable, for programs"),
        "message": String(max_length=2000, required=True, description="For people"),  # all events
    },
    description="A rule that the input breaks. It never repeats the value.",
)
