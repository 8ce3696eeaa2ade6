"""Stores a delivery of each public event for each webhook that receives it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select

from api.core import secrets
from api.core.database import db
from api.core.events import Occurrence
from api.webhooks import catalogue
from api.webhooks.models import Webhook, WebhookDelivery
from api.webhooks.payloads import describe_occurrence, render_body

EVENTS = catalogue.EVENTS
SELECT_ENABLED = select(Webhook.id, Webhook.payload, Webhook.events).where(Webhook.enabled)
INSERT = insert(WebhookDelivery)


def store_deliveries(occurrence: Occurrence) -> None:
    """Store the deliveries of an event in its transaction, so that both are committed or none.

    This subscribes last: the body has the details that other subscribers have added.
    """
    # On the connection: the session would write its changes first, and the service chooses when.
    webhooks = [
        (webhook.id, webhook.payload)
        for webhook in db.session.connection().execute(SELECT_ENABLED)
        if catalogue.is_wanted(occurrence.event, webhook.events)
    ]
    if webhooks:
        _store(occurrence, webhooks)


def _store(occurrence: Occurrence, webhooks: Sequence[tuple[UUID, str]]) -> None:
    record = describe_occurrence(occurrence)
    rows = [
        {
            "id": secrets.new_id(),
            "webhook_id": webhook_id,
            "event_id": record.id,
            "event": record.event,
            "event_at": record.at,
            "subject_id": record.subject_id,
            "body": render_body(record, payload),
        }
        for webhook_id, payload in webhooks
    ]
    db.session.connection().execute(INSERT, rows)
