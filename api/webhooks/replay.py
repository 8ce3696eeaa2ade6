"""Delivering again: one delivery, a range of events, or a test.

A delivery that is asked for again keeps its id and its body, so that a receiver that has accepted
it recognises the repetition. The worker then tries it as if it were new.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, insert, select, update

from api.audit.models import AuditEvent
from api.core import clock, secrets
from api.core.database import db
from api.core.errors import InvalidRequest, ValidationError
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.validation_rules import ValidationRule
from api.webhooks.catalogue import EVENTS, is_wanted
from api.webhooks.delivery_schemas import PreparedReplay
from api.webhooks.errors import DeliveryNotFound, TooManyEvents, WebhookIsDisabled
from api.webhooks.models import DeliveryState, Webhook, WebhookDelivery
from api.webhooks.payloads import RECORD_COLUMNS, EventRecord, make_test_event, render_body
from api.webhooks.service import lock_webhook

MAX_REPLAYED_EVENTS = 10_000  # so that a request takes seconds, and not minutes


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
    webhook = _lock_enabled(webhook_id)
    delivery = db.session.get(
        WebhookDelivery, delivery_id, with_for_update=True, populate_existing=True
    )
    if delivery is None or delivery.webhook_id != webhook.id:
        raise DeliveryNotFound
    for name, value in _make_due().items():
        setattr(delivery, name, value)
    db.session.flush()
    details = {"webhook": str(webhook.id), "delivery": str(delivery.id), "deliveries": 1}
    emit(Event.WEBHOOK_REPLAYED, subject=None, by=by, **details)
    return delivery


def send_test(webhook_id: UUID) -> WebhookDelivery:
    """Let the worker deliver a test, which is about no account.

    Raises:
        WebhookNotFound, WebhookIsDisabled
    """
    webhook = _lock_enabled(webhook_id)
    record = make_test_event(webhook.id)
    delivery = WebhookDelivery(**_make_row(record, webhook, secrets.new_id()))
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
    webhook = _lock_enabled(webhook_id)
    names = _find_events(webhook, given)
    is_in_range = (
        AuditEvent.at >= given["begin"],
        AuditEvent.at < given["end"],
        AuditEvent.event.in_(names),
    )
    _require_few_events(*is_in_range)
    count = _repeat_deliveries(webhook, select(AuditEvent.id).where(*is_in_range), given)
    if not given["only_failed"]:
        count += _add_deliveries(webhook, *is_in_range)
    details = {"webhook": str(webhook.id), "deliveries": count}
    emit(Event.WEBHOOK_REPLAYED, subject=None, by=by, **details)
    return Replayed(count)


def _lock_enabled(webhook_id: UUID) -> Webhook:
    webhook = lock_webhook(webhook_id)
    if not webhook.enabled:
        raise WebhookIsDisabled
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


def _require_few_events(*conditions: ColumnElement[bool]) -> None:
    found = select(AuditEvent.id).where(*conditions).limit(MAX_REPLAYED_EVENTS + 1).subquery()
    if (db.session.scalar(select(func.count()).select_from(found)) or 0) > MAX_REPLAYED_EVENTS:
        raise TooManyEvents(MAX_REPLAYED_EVENTS)


def _repeat_deliveries(webhook: Webhook, event_ids: Select[UUID], given: PreparedReplay) -> int:
    """Make the deliveries of these events due, and return how many."""
    conditions = [
        WebhookDelivery.webhook_id == webhook.id,
        WebhookDelivery.event_id.in_(event_ids),
    ]
    if given["only_failed"]:
        conditions.append(WebhookDelivery.state == DeliveryState.FAILED)
    changed = update(WebhookDelivery).where(*conditions).values(_make_due())
    options = {"synchronize_session": False}
    returning = changed.returning(WebhookDelivery.id)
    return len(db.session.scalars(returning, execution_options=options).all())


def _add_deliveries(webhook: Webhook, *conditions: ColumnElement[bool]) -> int:
    """Store a delivery for each event that has none, and return how many."""
    has_delivery = select(WebhookDelivery.id).where(
        WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.event_id == AuditEvent.id
    )
    missing = select(*RECORD_COLUMNS).where(*conditions, ~has_delivery.exists())
    records = [
        EventRecord(*row)
        for row in db.session.execute(missing.order_by(AuditEvent.at, AuditEvent.id))
    ]
    ids = sorted(secrets.new_id() for _ in records)  # deliveries are in the order of their ids
    rows = [_make_row(record, webhook, new) for record, new in zip(records, ids, strict=True)]
    if rows:
        db.session.execute(insert(WebhookDelivery), rows)
    return len(rows)


def _make_row(record: EventRecord, webhook: Webhook, delivery_id: UUID) -> dict[str, object]:
    return {
        "id": delivery_id,
        "webhook_id": webhook.id,
        "event_id": record.id,
        "event": record.event,
        "subject_id": record.subject_id,
        "body": render_body(record, webhook.payload),
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
