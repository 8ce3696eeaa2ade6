"""The shapes on the wire: each validates, documents and renders."""

from api.audit.service import Event
from api.web.fields import (
    EXAMPLE_ID,
    MOMENT,
    Choice,
    Cursor,
    Identifier,
    Many,
    Moment,
    Text,
    Value,
    Whole,
)
from api.web.shapes import Model

SORTS = ("at", "-at")
EXAMPLE_OTHER_ID = "01939e7b-1f02-7d41-8a3c-52d9e6b7a0c4"

event = Model(
    "AuditEvent",
    {
        "id": Identifier(required=True),
        "at": Moment(required=True),
        "action": Text(longest=64, required=True, description="What happened"),
        "actor_id": Identifier(
            required=True, nullable=True, description="Who did it; null for the operator or unknown"
        ),
        "subject_id": Identifier(
            required=True, nullable=True, description="Whose account it is about"
        ),
        "request_id": Text(
            longest=128, required=True, nullable=True, description="As `X-Request-Id` told it"
        ),
        "address": Text(
            longest=45, required=True, nullable=True, description="Where the request came from"
        ),
        "details": Value(kind="object", required=True, description="More, depending on the action"),
    },
    description="One fact. Null stands for what is not known, or had no request.",
    example={
        "id": EXAMPLE_OTHER_ID,
        "at": MOMENT,
        "action": "user.updated",
        "actor_id": EXAMPLE_OTHER_ID,
        "subject_id": EXAMPLE_ID,
        "request_id": "5f0c3b7a9d214e68",
        "address": "192.0.2.7",
        "details": {"changed": ["status"], "status": "suspended"},
    },
)

event_page = Model(
    "AuditEventPage",
    {
        "items": Many(event, required=True),
        "next": Cursor(following=True),
    },
)

event_search = Model(
    "AuditEventSearch",
    {
        "limit": Whole(least=1, most=100, default=20, description="How many to a page"),
        "cursor": Cursor(),
        "actor": Identifier(description="Who did it"),
        "subject": Identifier(description="Whose account it is about"),
        "action": Choice(Event),
        "request_id": Text(longest=128, shortest=1),
        "after": Moment(description="Not before this moment"),
        "before": Moment(description="Before this moment"),
        "sort": Choice(SORTS, default="-at", description="`-` for newest first"),
    },
)
