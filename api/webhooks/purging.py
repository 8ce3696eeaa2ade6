"""Deletes old deliveries; their attempts go with them."""

from datetime import timedelta

from sqlalchemy import and_, select

from api.core import clock
from api.core.database import delete_rows
from api.webhooks.models import Webhook, WebhookDelivery

KEPT = timedelta(days=30)
PURGE_BATCH_ROWS = 1000


def purge() -> int:
    """Delete a batch of deliveries, and return how many.

    They are those that were not asked for in 30 days, and those of deleted webhooks.
    """
    limit = clock.now() - KEPT
    is_old = and_(WebhookDelivery.created_at < limit, WebhookDelivery.requested_at < limit)
    if purged := delete_rows(WebhookDelivery.id, is_old, max_rows=PURGE_BATCH_ROWS):
        return purged
    is_left = WebhookDelivery.webhook_id.not_in(select(Webhook.id))
    return delete_rows(WebhookDelivery.id, is_left, max_rows=PURGE_BATCH_ROWS)
