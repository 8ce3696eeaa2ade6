"""The shapes on the wire: each validates, documents and renders."""

from api.audit.service import Event
from api.web.fields import (
    EXAMPLE_ID,
    EXAMPLE_TIMESTAMP,
    Cursor,
    DateTime,
    Enum,
    Field,
    Identifier,
    Integer,
    List,
    String,
)
from api.web.schemas import Model

SORTS = ("at", "-at")
EXAMPLE_OTHER_ID = "01939e7b-1f02-7d41-8a3c-52d9e6b7a0c4"

event = Model(
    "AuditEvent",
    {
        "id": Identifier(required=True),
        "at": DateTime(required=True),
        "action": String(max_length=64, required=True, description="What happened"),
        "actor_id": Identifier(
            required=True, nullable=True, description="Who did it; null for the operator or unknown"
        ),
        "subject_id": Identifier(
            required=True, nullable=True, description="Whose account it is about"
        ),
        "request_id": String(
            max_length=128, required=True, nullable=True, description="As `X-Request-Id` told it"
        ),
        "address": String(
            max_length=45, required=True, nullable=True, description="Where the request came from"
        ),
        "details": Field(kind="object", required=True, description="More, depending on the action"),
    },
    description="One fact. Null stands for what is not known, or had no request.",
    example={
        "id": EXAMPLE_OTHER_ID,
        "at": EXAMPLE_TIMESTAMP,
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
        "items": List(event, required=True),
        "next": Cursor(is_next=True),
    },
)

event_search = Model(
    "AuditEventSearch",
    {
        "limit": Integer(minimum=1, maximum=100, default=20, description="How many to a page"),
        "cursor": Cursor(),
        "actor": Identifier(description="Who did it"),
        "subject": Identifier(description="Whose account it is about"),
        "action": Enum(Event),
        "request_id": String(max_length=128, min_length=1),
        "after": DateTime(description="Not before this moment"),
        "before": DateTime(description="Before this moment"),
        "sort": Enum(SORTS, default="-at", description="`-` for newest first"),
    },
)
