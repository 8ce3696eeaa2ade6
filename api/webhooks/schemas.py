"""The models of webhooks and of their deliveries, with the typed form of each input."""

from typing import Any, NotRequired, TypedDict

from api.core.keyset import PageQuery
from api.web.fields import (
    EXAMPLE_EXPIRY,
    EXAMPLE_ROOT_ID,
    EXAMPLE_TIMESTAMP,
    EXAMPLE_WEBHOOK_ID,
    Boolean,
    Choices,
    Cursor,
    DateTime,
    Enum,
    Identifier,
    Integer,
    List,
    String,
    StringList,
)
from api.web.schemas import Model
from api.webhooks.catalogue import ALL_EVENTS, PUBLIC_EVENTS
from api.webhooks.health_schemas import EXAMPLE_HEALTH, HEALTH_MEMBERS
from api.webhooks.models import Payload

MAX_EVENT_NAMES = 100  # that a later version may have
MAX_OVERLAP_HOURS, DEFAULT_OVERLAP_HOURS = 168, 24
EXAMPLE_URL = "https://receiver.example/rollbook"  # the name never exists (RFC 6761, 6.5)
EXAMPLE_SECRET = "whsec_RXhhbXBsZUV4YW1wbGVFeGFtcGxlRXhhbXBsZUV4YW0="  # noqa: S105  an example
SORTS = ("created_at", "-created_at")
EVENT_NAME = Choices(
    "WebhookEventName",
    [ALL_EVENTS, *PUBLIC_EVENTS],
    description="An event that a webhook receives; `*` is all of them, also those that later "
    "versions add",
)
PAYLOAD = Choices("WebhookPayload", Payload, description="What a webhook receives of an event")
WEBHOOK_SORT = Choices(
    "WebhookSort", SORTS, description="The order of webhooks; `-` means newest first"
)


def url(**keywords: Any) -> String:
    return String(
        max_length=2048,
        min_length=1,
        description="Where events are delivered: a URL with `https`, and without user information "
        "and fragment. Only public addresses are allowed, and those of the setting "
        "WEBHOOK_PRIVATE_NETWORKS, also with `http`; the port is the usual one, or 1024 or higher. "
        "Encode characters beyond ASCII.",
        examples=[EXAMPLE_URL],
        **keywords,
    )


def description(**keywords: Any) -> String:
    return String(max_length=200, description="What the webhook is for. May be empty.", **keywords)


def events(**keywords: Any) -> StringList:
    return StringList(
        Enum(EVENT_NAME),
        min_items=1,
        max_items=MAX_EVENT_NAMES,
        description="The events that the webhook receives; the section `webhooks` of the contract "
        "describes each of them. `*` means all, also those that later versions add.",
        **keywords,
    )


def payload(**keywords: Any) -> Enum:
    return Enum(
        PAYLOAD,
        description="`thin`: ids alone; ask the API for the rest. `full`: also the actor, the "
        "request id and the details that the audit log has. You also need `audit:read` for it.",
        **keywords,
    )


def ordered(**keywords: Any) -> Boolean:
    return Boolean(
        description="Whether an event of an account is delivered only after the events before it "
        "were accepted. One that fails then delays the others of that account.",
        **keywords,
    )


def enabled(**keywords: Any) -> Boolean:
    return Boolean(
        description="Whether events are delivered. Events while it is false are not stored; "
        "replay them afterwards.",
        **keywords,
    )


WEBHOOK_MEMBERS = {
    "id": Identifier(required=True, description="The id of the webhook"),
    "url": url(required=True),
    "description": description(required=True),
    "events": events(required=True),
    "payload": payload(required=True),
    "ordered": ordered(required=True),
    "enabled": enabled(required=True),
    "disabled_reason": String(
        max_length=32,
        required=True,
        nullable=True,
        description="Why the service disabled it, such as `failing`; null if it is enabled, or a "
        "user disabled it",
    ),
    "former_secret_until": DateTime(
        required=True,
        nullable=True,
        examples=[EXAMPLE_EXPIRY],
        description="Until when the secret before the last rotation also signs; null if there was "
        "none",
    ),
    "created_by": Identifier(
        required=True,
        nullable=True,
        description="The id of the user or service account that created it; null for the operator "
        "with the command line",
    ),
    "created_at": DateTime(required=True, description="When it was created"),
    "updated_at": DateTime(required=True, description="When it was last changed"),
    **HEALTH_MEMBERS,
}
EXAMPLE_WEBHOOK = {
    "id": EXAMPLE_WEBHOOK_ID,
    "url": EXAMPLE_URL,
    "description": "Customer relations",
    "events": ["user.created", "user.deleted"],
    "payload": "thin",
    "ordered": False,
    "enabled": True,
    "disabled_reason": None,
    "former_secret_until": None,
    "created_by": EXAMPLE_ROOT_ID,
    "created_at": EXAMPLE_TIMESTAMP,
    "updated_at": EXAMPLE_TIMESTAMP,
    **EXAMPLE_HEALTH,
}

webhook = Model(
    "Webhook",
    WEBHOOK_MEMBERS,
    description="A URL to which events are delivered. Its secret is never shown again.",
    example=EXAMPLE_WEBHOOK,
)

webhook_with_secret = Model(
    "WebhookWithSecret",
    {
        **WEBHOOK_MEMBERS,
        "secret": String(
            max_length=100,
            required=True,
            description="The secret that signs the deliveries (Standard Webhooks, `whsec_…`). "
            "This is the only response that has it.",
        ),
    },
    description="A webhook with its new secret.",
    example={**EXAMPLE_WEBHOOK, "secret": EXAMPLE_SECRET},
)

webhook_creation = Model(
    "WebhookCreation",
    {
        "url": url(required=True),
        "description": description(),
        "events": events(required=True),
        "payload": payload(default="thin"),
        "ordered": ordered(default=False),
        "enabled": enabled(default=True),
    },
    description="Where events are delivered, and which.",
    example={
        "url": EXAMPLE_URL,
        "description": "Customer relations",
        "events": ["user.created", "user.deleted"],
    },
)

webhook_patch = Model(
    "WebhookPatch",
    {
        "url": url(),
        "description": description(),
        "events": events(),
        "payload": payload(),
        "ordered": ordered(),
        "enabled": enabled(),
    },
    description="The members to change.",
    example={"events": ["user.created", "user.deleted", "user.purged"]},
    also={"minProperties": 1},
)

secret_rotation = Model(
    "WebhookSecretRotation",
    {
        "overlap_hours": Integer(
            maximum=MAX_OVERLAP_HOURS,
            default=DEFAULT_OVERLAP_HOURS,
            description="For how many hours the former secret also signs",
        )
    },
    description="For how long both secrets sign.",
    example={"overlap_hours": 24},
)

webhook_page = Model(
    "WebhookPage",
    {
        "items": List(
            webhook, required=True, max_items=100, description="The webhooks of this page, in order"
        ),
        "next": Cursor(is_next=True),
    },
    description="A page of webhooks.",
    example={"items": [EXAMPLE_WEBHOOK], "next": None},
)

webhook_search = Model(
    "WebhookSearch",
    {
        "limit": Integer(
            minimum=1,
            maximum=100,
            default=20,
            description="The maximum number of webhooks on a page",
        ),
        "cursor": Cursor(),
        "sort": Enum(
            WEBHOOK_SORT,
            default="-created_at",
            description="The order of the list. `-created_at` is newest first.",
        ),
    },
)

WebhookSearch = PageQuery


class WebhookCreation(TypedDict):
    url: str
    description: NotRequired[str]
    events: list[str]
    payload: NotRequired[str]
    ordered: NotRequired[bool]
    enabled: NotRequired[bool]


class WebhookPatch(TypedDict):
    url: NotRequired[str]
    description: NotRequired[str]
    events: NotRequired[list[str]]
    payload: NotRequired[str]
    ordered: NotRequired[bool]
    enabled: NotRequired[bool]


class WebhookSecretRotation(TypedDict):
    overlap_hours: NotRequired[int]
