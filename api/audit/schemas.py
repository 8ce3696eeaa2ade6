"""The models of the audit log, and the type of its query."""

from datetime import datetime
from typing import NotRequired
from uuid import UUID

from api.core.events import Event
from api.core.keyset import PageQuery
from api.web.fields import (
    EXAMPLE_ID,
    EXAMPLE_TIMESTAMP,
    Choices,
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
EVENT_NAME = Choices("AuditEventName", Event, description="What happened, `thing.past_participle`")
EVENT_SORT = Choices(
    "AuditEventSort", SORTS, description="The order of events; `-` means newest first"
)
EXAMPLE_OTHER_ID = "01939e7b-1f02-7d41-8a3c-52d9e6b7a0c4"

event = Model(
    "AuditEvent",
    {
        "id": Identifier(required=True),
        "at": DateTime(required=True),
        "action": String(max_length=64, required=True, description="What happened"),
        "actor_id": Identifier(
            required=True,
            nullable=True,
            description="Who did it; null for the operator, or if it is not known",
        ),
        "subject_id": Identifier(
            required=True, nullable=True, description="The account that the event is about"
        ),
        "request_id": String(
            max_length=128,
            required=True,
            nullable=True,
            description="The `X-Request-Id` of the request",
        ),
        "address": String(
            max_length=45,
            required=True,
            nullable=True,
            description="The client IP address of the request",
        ),
        "details": Field(
            kind="object",
            required=True,
            description=(
                "More about the event, depending on `action`. In `access.denied`, `repeated` is the"
                " number of further denials of the same kind since the event before."
            ),
        ),
    },
    description="One event. A member is null if it is not known, or if there was no request.",
    example={
        "id": EXAMPLE_OTHER_ID,
        "at": EXAMPLE_TIMESTAMP,
        "action": "user.updated",
        "actor_id": EXAMPLE_OTHER_ID,
        "subject_id": EXAMPLE_ID,
        "request_id": "5f0c3b7a9d214e68",
        "address": "192.0.2.7",
        "details": {"changed": ["display_name"]},
    },
)

event_page = Model(
    "AuditEventPage",
    {
        "items": List(event, required=True, max_items=100),
        "next": Cursor(is_next=True),
    },
    example={"items": [event.also["examples"][0]], "next": None},
)

event_search = Model(
    "AuditEventSearch",
    {
        "limit": Integer(minimum=1, maximum=100, default=20, description="Events per page"),
        "cursor": Cursor(),
        "actor": Identifier(description="Who did it"),
        "subject": Identifier(description="The account that the event is about"),
        "action": Enum(EVENT_NAME),
        "request_id": String(max_length=128, min_length=1),
        "after": DateTime(description="At this time or later"),
        "before": DateTime(description="Earlier than this time"),
        "sort": Enum(EVENT_SORT, default="-at", description="`-` for newest first"),
    },
)


class AuditEventSearch(PageQuery):
    actor: NotRequired[UUID]
    subject: NotRequired[UUID]
    action: NotRequired[str]
    request_id: NotRequired[str]
    after: NotRequired[datetime]
    before: NotRequired[datetime]
