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
SELECT_ENABLED = select(Webhook.id, Webhook.payload, Webhook.events).where(Webhook.enabled)
INSERT = insert(WebhookDelivery)
ENABLED = "rollbook.webhooks.enabled"  # in the session, with the transaction that read them


def store_deliveries(occurrence: Occurrence) -> None:
    """Store the deliveries of an event in its transaction, so that both are committed or none.

    This subscribes last: the body has the details that other subscribers have added.
    """
    webhooks = [
        (webhook.id, webhook.payload)
        for webhook in _read_enabled()
        if catalogue.is_wanted(occurrence.event, webhook.events)
    ]
    if webhooks:
        _store(occurrence, webhooks)


def _read_enabled() -> Sequence[Row[UUID, str, list[str]]]:
    """Return the enabled webhooks, which a transaction reads at its first event.

    An import has thousands of events in one transaction.
    """
    # On the connection: the session would write its changes first, and the service chooses when.
    connection = db.session.connection()
    transaction = db.session().get_transaction()
    kept = db.session.info.get(ENABLED)
    if kept is None or kept[0] is not transaction:
        kept = db.session.info[ENABLED] = transaction, connection.execute(SELECT_ENABLED).all()
    webhooks: Sequence[Row[UUID, str, list[str]]] = kept[1]
    return webhooks


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
