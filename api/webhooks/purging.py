"""Deletes old deliveries; their attempts go with them."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, select
from sqlalchemy.orm import aliased

from api.core import clock
from api.core.database import db, delete_rows
from api.webhooks.models import Webhook, WebhookDelivery

KEPT = timedelta(days=30)
PURGE_BATCH_ROWS = 1000
ANY = aliased(WebhookDelivery)


def purge() -> int:
    """Delete a batch of deliveries, and return how many.

    They are those that were not asked for in 30 days, and those of deleted webhooks.
    """
    limit = clock.now() - KEPT
    is_old = and_(WebhookDelivery.created_at < limit, WebhookDelivery.requested_at < limit)
    if purged := delete_rows(WebhookDelivery.id, is_old, max_rows=PURGE_BATCH_ROWS):
        return purged
    deleted_webhook = db.session.scalar(SELECT_DELETED_WEBHOOK)
    if deleted_webhook is None:
        return 0
    is_left = WebhookDelivery.webhook_id == deleted_webhook
    return delete_rows(WebhookDelivery.id, is_left, max_rows=PURGE_BATCH_ROWS)


def _select_deleted_webhook() -> Select[UUID]:
    """Select the id of a deleted webhook that has deliveries.

    It goes from one webhook to the next one in an index, as DISTINCT would read all deliveries.
    """
    visited = select(_select_first_webhook().label("id")).cte("visited", recursive=True)
    following = _select_first_webhook(ANY.webhook_id > visited.c.id).correlate(visited)
    visited = visited.union_all(select(following).where(visited.c.id.is_not(None)))
    is_deleted = visited.c.id.not_in(select(Webhook.id))  # NULL, after the last one, is not
    return select(visited.c.id).where(is_deleted).limit(1)


def _select_first_webhook(*conditions: ColumnElement[bool]) -> ScalarSelect[UUID]:
    first = select(ANY.webhook_id).where(*conditions).order_by(ANY.webhook_id).limit(1)
    return first.scalar_subquery()


SELECT_DELETED_WEBHOOK = _select_deleted_webhook()
