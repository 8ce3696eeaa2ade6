"""The models of deliveries and attempts, and of what asks for them again."""

from datetime import datetime
from typing import NotRequired
from uuid import UUID

from api.core.keyset import PageQuery
from api.web.fields import (
    EXAMPLE_DELIVERY_ID,
    EXAMPLE_EVENT_ID,
    EXAMPLE_EXPIRY,
    EXAMPLE_ID,
    EXAMPLE_TIMESTAMP,
    EXAMPLE_WEBHOOK_ID,
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
from api.webhooks.catalogue import PUBLIC_EVENTS, TEST_EVENT
from api.webhooks.health_schemas import PAUSE_MEMBERS
from api.webhooks.models import DeliveryState
from api.webhooks.schemas import EXAMPLE_URL

MAX_ATTEMPTS_SHOWN = 100
MAX_BODY_LENGTH = 1_000_000  # of the JSON that is sent
MAX_RESPONSE_LENGTH = 4096  # that is stored of a response
SORTS = ("created_at", "-created_at")
DELIVERED_EVENT = Choices(
    "DeliveredEventName",
    [*PUBLIC_EVENTS, TEST_EVENT],
    description="An event that can be delivered to a webhook",
)
STATE = Choices(
    "DeliveryState",
    DeliveryState,
    description="What has become of a delivery. `pending` waits for its first or next attempt, "
    "`failed` was given up.",
)
DELIVERY_SORT = Choices(
    "DeliverySort", SORTS, description="The order of deliveries; `-` means newest first"
)
DELIVERY_MEMBERS = {
    "id": Identifier(
        required=True,
        description="The id of the delivery, which is the header `webhook-id` of all its attempts",
    ),
    "webhook_id": Identifier(required=True, description="The id of the webhook"),
    "event": String(max_length=64, required=True, description="What happened: the `type`"),
    "event_id": Identifier(
        required=True, description="The id of the event in the audit log; of a test, its own"
    ),
    "subject_id": Identifier(
        required=True,
        nullable=True,
        description="The id of the account that the event is about; null if it is about none",
    ),
    "state": Enum(STATE, required=True, description="What has become of it"),
    "attempts": Integer(
        required=True,
        description="How often it was tried to deliver it, since it was last asked for",
    ),
    "last_error": String(
        max_length=200,
        required=True,
        nullable=True,
        description="Why the last attempt failed; null if there was none, or it succeeded",
    ),
    "created_at": DateTime(required=True, description="When it was stored"),
    "next_attempt_at": DateTime(
        required=True,
        nullable=True,
        description="When it is tried again at the earliest; null if it is not `pending`",
    ),
    "delivered_at": DateTime(
        required=True, nullable=True, description="When the receiver accepted it; else null"
    ),
}
EXAMPLE_DELIVERY = {
    "id": EXAMPLE_DELIVERY_ID,
    "webhook_id": EXAMPLE_WEBHOOK_ID,
    "event": "user.created",
    "event_id": EXAMPLE_EVENT_ID,
    "subject_id": EXAMPLE_ID,
    "state": "pending",
    "attempts": 1,
    "last_error": "status 503",
    "created_at": EXAMPLE_TIMESTAMP,
    "next_attempt_at": EXAMPLE_EXPIRY,
    "delivered_at": None,
}

delivery = Model(
    "Delivery",
    DELIVERY_MEMBERS,
    description="An event for one webhook.",
    example=EXAMPLE_DELIVERY,
)


def headers(description: str) -> Field:
    return Field(
        kind="object",
        required=True,
        description=description,
        additionalProperties={"type": "string", "maxLength": 8192},
    )


attempt = Model(
    "DeliveryAttempt",
    {
        "at": DateTime(required=True, description="When it began"),
        "duration_ms": Integer(required=True, description="How long it took, in milliseconds"),
        "url": String(
            max_length=2048, required=True, description="The URL that the webhook had then"
        ),
        "address": String(
            max_length=45,
            required=True,
            nullable=True,
            description="The IP address that was tried last; null if none was",
        ),
        "status": Integer(
            maximum=999,
            required=True,
            nullable=True,
            description="The status of the response; null if there was none",
        ),
        "error": String(
            max_length=200,
            required=True,
            nullable=True,
            description="Why there was no response; null if there was one",
        ),
        "request_headers": headers("The headers that were sent, without the signature"),
        "response_headers": headers("The headers of the response; empty if there was none"),
        "response_body": String(
            max_length=MAX_RESPONSE_LENGTH,
            required=True,
            nullable=True,
            pattern="",
            description="The beginning of the response; null if there was none, or `body` is null",
        ),
    },
    description="One request to a webhook, and its response.",
    example={
        "at": EXAMPLE_TIMESTAMP,
        "duration_ms": 113,
        "url": EXAMPLE_URL,
        "address": "192.0.2.7",
        "status": 503,
        "error": None,
        "request_headers": {"webhook-id": EXAMPLE_DELIVERY_ID},
        "response_headers": {"content-type": "text/plain"},
        "response_body": "Down for maintenance",
    },
)

delivery_details = Model(
    "DeliveryDetails",
    {
        **DELIVERY_MEMBERS,
        "body": String(
            max_length=MAX_BODY_LENGTH,
            required=True,
            nullable=True,
            pattern="",
            description="The JSON that is signed and sent; null if it is a full payload and you "
            "lack `audit:read`",
        ),
        "history": List(
            attempt,
            required=True,
            max_items=MAX_ATTEMPTS_SHOWN,
            description="The last 100 attempts, newest first, also those before it was asked for "
            "again",
        ),
    },
    description="A delivery with what is sent, and its attempts.",
    example={
        **EXAMPLE_DELIVERY,
        "body": '{"type":"user.created","timestamp":"2026-11-23T09:30:00.000000Z","data":'
        f'{{"event_id":"{EXAMPLE_EVENT_ID}","subject_id":"{EXAMPLE_ID}"}}}}',
        "history": [attempt.also["examples"][0]],
    },
)

delivery_page = Model(
    "DeliveryPage",
    {
        "items": List(
            delivery,
            required=True,
            max_items=100,
            description="The deliveries of this page, in order",
        ),
        "next": Cursor(is_next=True),
        **PAUSE_MEMBERS,
    },
    description="A page of deliveries, and whether the webhook is paused.",
    example={
        "items": [EXAMPLE_DELIVERY],
        "next": None,
        "failing_since": None,
        "paused_until": None,
    },
)

delivery_search = Model(
    "DeliverySearch",
    {
        "limit": Integer(
            minimum=1,
            maximum=100,
            default=20,
            description="The maximum number of deliveries on a page",
        ),
        "cursor": Cursor(),
        "state": Enum(STATE, description="Deliveries in this state"),
        "event": Enum(DELIVERED_EVENT, description="Deliveries of this event"),
        "subject": Identifier(description="Deliveries of events about the account with this id"),
        "after": DateTime(description="Deliveries stored at this time or later"),
        "before": DateTime(
            description="Deliveries stored before this time", examples=[EXAMPLE_EXPIRY]
        ),
        "sort": Enum(
            DELIVERY_SORT,
            default="-created_at",
            description="The order of the list. `-created_at` is newest first.",
        ),
    },
)


class DeliverySearch(PageQuery):
    state: NotRequired[str]
    event: NotRequired[str]
    subject: NotRequired[UUID]
    after: NotRequired[datetime]
    before: NotRequired[datetime]
