"""Deletes old deliveries; their attempts go with them."""

from datetime import timedelta

from sqlalchemy import and_

from api.core import clock
from api.core.database import delete_rows
from api.webhooks.models import WebhookDelivery

KEPT = timedelta(days=30)
PURGE_BATCH_ROWS = 1000


def purge() -> int:
    """Delete a batch of deliveries that nobody has asked for in 30 days; return how many."""
    limit = clock.now() - KEPT
    is_old = and_(WebhookDelivery.created_at < limit, WebhookDelivery.requested_at < limit)
    return delete_rows(WebhookDelivery.id, is_old, max_rows=PURGE_BATCH_ROWS)
