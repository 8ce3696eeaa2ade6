"""Delivering again: one delivery, a range of events, or a test.

A delivery that is asked for again keeps its id and its body, so that a receiver that has accepted
it recognises the repetition. The worker then tries it as if it were new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update

from api.audit.models import AuditEvent
from api.core import clock, secrets
from api.core.database import db
from api.core.errors import InvalidRequest, ValidationError
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.validation_rules import ValidationRule
from api.webhooks.catalogue import EVENTS, is_wanted
from api.webhooks.erasure import resume_erasures
from api.webhooks.errors import DeliveryNotFound, TooManyEvents, WebhookIsDisabled
from api.webhooks.models import DeliveryState, Payload, Webhook, WebhookDelivery
from api.webhooks.payloads import RECORD_COLUMNS, EventRecord, make_test_event, render_body
from api.webhooks.replay_schemas import PreparedReplay
from api.webhooks.service import lock_webhook
from api.webhooks.states import change_webhook

MAX_REPLAYED_EVENTS = 10_000  # so that a request takes seconds, and not minutes
BATCH_EVENTS = 1000


@dataclass(frozen=True)
class Replayed:
    """How many deliveries wait for an attempt."""

    deliveries: int


def redeliver(webhook_id: UUID, delivery_id: UUID, *, by: Principal) -> WebhookDelivery:
    """Let the worker deliver an event once more, with all its attempts.

    Raises:
        WebhookNotFound, WebhookIsDisabled
        DeliveryNotFound: the webhook has no such delivery.
    """
    webhook = _prepare_webhook(webhook_id)
    delivery = db.session.get(
        WebhookDelivery, delivery_id, with_for_update=True, populate_existing=True
    )
    if delivery is None or delivery.webhook_id != webhook.id:
        raise DeliveryNotFound
    for name, value in _make_due().items():
        setattr(delivery, name, value)
    db.session.flush()
    resume_erasures([delivery.subject_id])
    details = {"webhook": str(webhook.id), "delivery": str(delivery.id), "deliveries": 1}
    emit(Event.WEBHOOK_REPLAYED, subject=None, by=by, **details)
    return delivery


def send_test(webhook_id: UUID) -> WebhookDelivery:
    """Let the worker deliver a test. Its payload is thin, so that all who may send it may read it.

    Raises:
        WebhookNotFound, WebhookIsDisabled
    """
    webhook = _prepare_webhook(webhook_id)
    record = make_test_event(webhook.id)
    row = _make_row(record, webhook.id, secrets.new_id(), payload=Payload.THIN)
    delivery = WebhookDelivery(**row)
    db.session.add(delivery)
    db.session.flush()
    return delivery


def replay(webhook_id: UUID, given: PreparedReplay, *, by: Principal) -> Replayed:
    """Let the worker deliver all events of a range, whether or not they were delivered before.

    Raises:
        WebhookNotFound, WebhookIsDisabled
        InvalidRequest: the range ends before it begins, or the webhook does not receive an event.
        TooManyEvents
    """
    webhook = _prepare_webhook(webhook_id)
    names = _find_events(webhook, given)
    event_ids = _find_event_ids(
        AuditEvent.at >= given["begin"],
        AuditEvent.at < given["end"],
        AuditEvent.event.in_(names),
    )
    count = sum(
        _replay_batch(
            webhook, event_ids[start : start + BATCH_EVENTS], only_failed=given["only_failed"]
        )
        for start in range(0, len(event_ids), BATCH_EVENTS)
    )
    details = {"webhook": str(webhook.id), "deliveries": count}
    emit(Event.WEBHOOK_REPLAYED, subject=None, by=by, **details)
    return Replayed(count)


def _prepare_webhook(webhook_id: UUID) -> Webhook:
    """Return a webhook that receives what is asked for now: a pause ends."""
    webhook = lock_webhook(webhook_id)
    if not webhook.enabled:
        raise WebhookIsDisabled
    if webhook.paused_until is not None:
        change_webhook(webhook.id, paused_until=None)
    return webhook


def _find_events(webhook: Webhook, given: PreparedReplay) -> list[str]:
    """Return the names of the events that are replayed.

    Raises:
        InvalidRequest
    """
    if given["begin"] >= given["end"]:
        message = "must be after `from`"
        raise InvalidRequest([ValidationError("/to", ValidationRule.MINIMUM, message)])
    received = [event.value for event in EVENTS if is_wanted(event.value, webhook.events)]
    chosen = given["events"] or received
    errors = [
        ValidationError(f"/events/{place}", ValidationRule.ENUM, "is not received by the webhook")
        for place, name in enumerate(chosen)
        if name not in received
    ]
    if errors:
        raise InvalidRequest(errors[: InvalidRequest.max_errors])
    return chosen


def _find_event_ids(*conditions: ColumnElement[bool]) -> Sequence[UUID]:
    """Return the ids of these events, oldest first.

    Raises:
        TooManyEvents
    """
    found = select(AuditEvent.id).where(*conditions).order_by(AuditEvent.at, AuditEvent.id)
    event_ids = db.session.scalars(found.limit(MAX_REPLAYED_EVENTS + 1)).all()
    if len(event_ids) > MAX_REPLAYED_EVENTS:
        raise TooManyEvents(MAX_REPLAYED_EVENTS)
    return event_ids


def _replay_batch(webhook: Webhook, event_ids: Sequence[UUID], *, only_failed: bool) -> int:
    """Make the deliveries of these events due, add those that are missing, and return how many.

    The ids are values of the statement: a database that joined the tables without statistics, as
    after many new events, would compare each event with each delivery.
    """
    conditions = [WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.event_id.in_(event_ids)]
    if only_failed:
        conditions.append(WebhookDelivery.state == DeliveryState.FAILED)
    changed = update(WebhookDelivery).where(*conditions).values(_make_due())
    options = {"synchronize_session": False}
    returning = changed.returning(WebhookDelivery.event_id, WebhookDelivery.subject_id)
    repeated = {row[0]: row[1] for row in db.session.execute(returning, execution_options=options)}
    resume_erasures(repeated.values())
    missing = [] if only_failed else [it for it in event_ids if it not in repeated]
    if missing:
        _add_deliveries(webhook, missing)
    return len(repeated) + len(missing)


def _add_deliveries(webhook: Webhook, event_ids: Sequence[UUID]) -> None:
    """Store deliveries of these events. They are in the order of their ids, as the events are.

    Those about an erased account have ids alone, also if the payload of the webhook is full.
    """
    chosen = select(*RECORD_COLUMNS).where(AuditEvent.id.in_(event_ids))
    rows = db.session.execute(chosen.order_by(AuditEvent.at, AuditEvent.id)).all()
    erased = resume_erasures(row.subject_id for row in rows)
    ids = sorted(secrets.new_id() for _ in rows)
    made = [
        _make_row(
            EventRecord(*row),
            webhook.id,
            it,
            payload=Payload.THIN if row.subject_id in erased else webhook.payload,
        )
        for row, it in zip(rows, ids, strict=True)
    ]
    db.session.execute(insert(WebhookDelivery), made)


def _make_row(
    record: EventRecord, webhook_id: UUID, delivery_id: UUID, *, payload: str
) -> dict[str, object]:
    return {
        "id": delivery_id,
        "webhook_id": webhook_id,
        "event_id": record.id,
        "event": record.event,
        "event_at": record.at,
        "subject_id": record.subject_id,
        "body": render_body(record, payload),
        **_make_due(),
    }


def _make_due() -> dict[str, object]:
    """Return the values of a delivery that is tried as if it were new."""
    now = clock.now()
    return {
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "last_error": None,
        "requested_at": now,
        "next_attempt_at": now,
        "delivered_at": None,
    }
