"""Stores a delivery of each public event for each webhook that receives it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, insert, select

from api.core import secrets
from api.core.database import db
from api.core.events import Occurrence
from api.webhooks import catalogue
from api.webhooks.models import Webhook, WebhookDelivery
from api.webhooks.payloads import describe_occurrence, render_body

EVENTS = catalogue.EVENTS


def store_deliveries(occurrence: Occurrence) -> None:
    """Store the deliveries of an event in its transaction, so that both are committed or none.

    This subscribes last: the body has the details that other subscribers have added.
    """
    with db.session.no_autoflush:  # the service chooses when its changes are written
        if webhooks := _lock_receivers(occurrence.event):
            _store(occurrence, webhooks)


def _lock_receivers(event: str) -> Sequence[Row[UUID, str]]:
    """Return the webhooks that receive the event, and keep them until the end of the transaction.

    Otherwise one could be deleted meanwhile, and the event could not be stored.
    """
    enabled = db.session.execute(select(Webhook.id, Webhook.events).where(Webhook.enabled))
    ids = [webhook.id for webhook in enabled if catalogue.is_wanted(event, webhook.events)]
    if not ids:
        return ()
    kept = select(Webhook.id, Webhook.payload).where(Webhook.id.in_(ids), Webhook.enabled)
    locked = kept.order_by(Webhook.id).with_for_update(read=True, key_share=True)
    return db.session.execute(locked).all()


def _store(occurrence: Occurrence, webhooks: Sequence[Row[UUID, str]]) -> None:
    record = describe_occurrence(occurrence)
    rows = [
        {
            "id": secrets.new_id(),
            "webhook_id": webhook_id,
            "event_id": record.id,
            "event": record.event,
            "subject_id": record.subject_id,
            "body": render_body(record, payload),
        }
        for webhook_id, payload in webhooks
    ]
    db.session.execute(insert(WebhookDelivery), rows)
