"""The body of a delivery, as it is signed and sent, from an event of the audit log."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from api.audit.models import AuditEvent
from api.audit.service import find_actor_id
from api.core import clock, secrets
from api.core.events import Occurrence
from api.core.request_context import current_request
from api.webhooks.catalogue import ID_DETAILS, TEST_EVENT
from api.webhooks.models import Payload


class EventRecord(NamedTuple):
    """An event as a body is made of it: one that happens now, or a row of the audit log."""

    id: UUID
    at: datetime
    event: str
    actor_id: UUID | None
    actor_kind: str | None
    subject_id: UUID | None
    request_id: str | None
    details: Mapping[str, Any]


FULL_MEMBERS = ("actor_id", "actor_kind", "request_id", "details")  # of a full payload alone
IS_FULL_TEXT = '"details":'  # in a full body, and in no thin one: there a quote would be escaped
RECORD_COLUMNS = [getattr(AuditEvent, name) for name in EventRecord._fields]


def describe_occurrence(occurrence: Occurrence) -> EventRecord:
    """Return the record of an event that happens in this transaction."""
    by = occurrence.by
    return EventRecord(
        id=occurrence.id,
        at=occurrence.at,
        event=occurrence.event.value,
        actor_id=find_actor_id(by),
        actor_kind=by.kind.value if by else None,
        subject_id=occurrence.subject,
        request_id=current_request().request_id or None,
        details=occurrence.details,
    )


def make_test_event(webhook_id: UUID) -> EventRecord:
    """Return an event with which a receiver is tested. The audit log does not have it."""
    return EventRecord(
        id=secrets.new_id(),
        at=clock.now(),
        event=TEST_EVENT,
        actor_id=None,
        actor_kind=None,
        subject_id=None,
        request_id=current_request().request_id or None,
        details={"webhook": str(webhook_id)},
    )


def render_body(record: EventRecord, payload: str) -> str:
    """Return the JSON of a delivery: its type, when it happened, and its data.

    A thin payload has ids alone. A full one also has what the audit log has, except the client IP
    address.
    """
    data: dict[str, Any] = {"event_id": record.id, "subject_id": record.subject_id}
    data |= {name: it for name, it in record.details.items() if name in ID_DETAILS}
    if payload == Payload.FULL:
        data |= {
            "actor_id": record.actor_id,
            "actor_kind": record.actor_kind,
            "request_id": record.request_id,
            "details": dict(record.details),
        }
    body = {"type": record.event, "timestamp": format_timestamp(record.at), "data": data}
    return orjson.dumps(body).decode()


def remove_details(body: str) -> str:
    """Return a body as that of a thin payload."""
    content = orjson.loads(body)
    for name in FULL_MEMBERS:
        content["data"].pop(name, None)
    return orjson.dumps(content).decode()


def format_timestamp(at: datetime) -> str:
    """Return a timestamp of RFC 3339 in UTC, always with microseconds."""
    text = at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{text}Z"


def is_full(body: str) -> bool:
    """Return whether a body has the details of the audit log."""
    return "details" in orjson.loads(body)["data"]
