"""The section `webhooks` of the contract (OpenAPI 3.1): what receivers of events get."""

from typing import Any

from api.contract.document import Webhooks
from api.contract.nodes import Node, refer
from api.contract.schemas import describe_answered
from api.webhooks.catalogue import PUBLIC_EVENTS, TEST_EVENT, PublicEvent
from api.webhooks.event_data import EXAMPLE_AT, EXAMPLE_IDS, WEBHOOK, uuid
from api.webhooks.models import Payload

FULL_ONLY = "Only in a full payload."
EXAMPLE_EVENT, EXAMPLE_ACTOR, EXAMPLE_SUBJECT = (EXAMPLE_IDS + end for end in ("12", "13", "10"))
TEST = PublicEvent(
    TEST_EVENT,
    "A test was requested with `POST /api/webhooks/{webhook_id}/test`.",
    (WEBHOOK,),
    has_subject=False,
)
RECEIVED = [*PUBLIC_EVENTS.values(), TEST]
TAG = {
    "name": "webhook_events",
    "description": "The events that webhooks receive, each as a `POST` to your URL. Verify the "
    "signature with the secret of the webhook, and store `webhook-id` to recognise a repetition. "
    "Answer within 10 seconds with any 2xx status: all else is an error, and the request is "
    "repeated. Ignore members and types that you do not know. A `thin` payload has ids alone, a "
    "`full` one also what the audit log has.",
}


def text(max_length: int, description: str, *, nullable: bool = False) -> dict[str, Any]:
    kind = ["string", "null"] if nullable else "string"
    return {"type": kind, "maxLength": max_length, "description": description}


HEADERS: dict[str, Node] = {
    "webhook-id": {
        "description": "The id of the delivery, the same for all its attempts.",
        "schema": {"type": "string", "format": "uuid", "maxLength": 36},
        "example": EXAMPLE_IDS + "1a",
    },
    "webhook-timestamp": {
        "description": "When this request was sent, in seconds since 1970.",
        "schema": {"type": "string", "maxLength": 12},
        "example": "1795426200",
    },
    "webhook-signature": {
        "description": "`v1,` and the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` in "
        "base64. After a rotation of the secret there are two, with a space between them.",
        "schema": {"type": "string", "maxLength": 200},
        "example": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    },
}


def describe_webhooks() -> Webhooks:
    """Return a path item for each event that webhooks can receive, and the headers of all."""
    parameters = {
        name: {"name": name, "in": "header", "required": True, **header}
        for name, header in HEADERS.items()
    }
    items = {event.name: {"post": _describe_request(event)} for event in RECEIVED}
    return Webhooks(items, parameters, TAG, after="webhooks")


def _describe_request(event: PublicEvent) -> Node:
    return {
        "operationId": "receive_" + event.name.replace(".", "_"),
        "tags": [TAG["name"]],
        "summary": event.sentence.partition(". ")[0].rstrip("."),
        "description": event.sentence,
        "security": [],
        "parameters": [refer("parameters", name) for name in HEADERS],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": describe_answered(describe_body(event)),
                    "examples": {
                        payload.value: {"value": make_example(event, payload)}
                        for payload in _list_payloads(event)
                    },
                }
            },
        },
        "responses": {"2XX": {"description": "The event is accepted, and not sent again."}},
    }


def _list_payloads(event: PublicEvent) -> list[Payload]:
    return [Payload.THIN] if event is TEST else list(Payload)


def describe_body(event: PublicEvent, *, is_full: bool = False) -> Node:
    """Return the schema of a body.

    With ``is_full`` it is that of a full payload; otherwise what only that has is optional.
    """
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "const": event.name, "description": "What happened"},
            "timestamp": {
                "type": "string",
                "format": "date-time",
                "description": "When it happened",
                "examples": [EXAMPLE_AT],
            },
            "data": _describe_data(event, is_full=is_full),
        },
    }


def _describe_data(event: PublicEvent, *, is_full: bool) -> Node:
    ids = {
        "event_id": uuid("The id of the event, as in the audit log"),
        "subject_id": uuid(
            "The id of the account that it is about", nullable=not event.has_subject
        ),
        **{detail.name: detail.schema for detail in event.details if detail.is_id},
    }
    further = {} if event is TEST else _describe_further(event)
    return {
        "type": "object",
        "description": "What it is about",
        "required": [*ids, *(further if is_full else ())],
        "properties": {**ids, **further},
    }


def _describe_further(event: PublicEvent) -> dict[str, Node]:
    """Return the members that only a full payload has."""
    return {
        "actor_id": uuid(f"The id of who did it, or null. {FULL_ONLY}", nullable=True),
        "actor_kind": text(
            16,
            "`user`, `service_account` or `operator`; null if it is not known who did it. "
            f"{FULL_ONLY}",
            nullable=True,
        ),
        "request_id": text(
            128,
            f"The `X-Request-Id` of the request; null without one. {FULL_ONLY}",
            nullable=True,
        ),
        "details": {
            "type": "object",
            "description": f"More about the event, as in the audit log. {FULL_ONLY}",
            "required": [detail.name for detail in event.details if detail.required],
            "properties": {detail.name: detail.schema for detail in event.details},
        },
    }


def make_example(event: PublicEvent, payload: str) -> Node:
    """Return the body of a delivery of this event."""
    data: dict[str, object] = {
        "event_id": EXAMPLE_EVENT,
        "subject_id": EXAMPLE_SUBJECT if event.has_subject else None,
        **{detail.name: detail.example for detail in event.details if detail.is_id},
    }
    if payload == Payload.FULL:
        data |= {
            "actor_id": EXAMPLE_ACTOR,
            "actor_kind": "user",
            "request_id": "5f0c3b7a9d214e68",
            "details": {detail.name: detail.example for detail in event.details},
        }
    return {"type": event.name, "timestamp": EXAMPLE_AT, "data": data}
