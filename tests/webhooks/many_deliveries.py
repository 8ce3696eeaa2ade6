"""Many stored deliveries, and what a statement reads of them."""

from datetime import timedelta

from sqlalchemy import insert, text

from api.core import clock
from api.core.database import db, in_transaction
from api.core.secrets import new_id
from api.webhooks.models import WebhookDelivery

BATCH = 500


def store(webhook_id, count, subjects):
    """Store deliveries of some accounts, in turn, and return the ids of the accounts."""
    past, accounts = clock.now() - timedelta(minutes=10), sorted(new_id() for _ in range(subjects))
    rows = [
        {
            "webhook_id": webhook_id,
            "event_id": new_id(),
            "event": "user.created",
            "event_at": past + timedelta(milliseconds=number),
            "next_attempt_at": past,
            "subject_id": accounts[number % subjects],
            "body": "{}",
        }
        for number in range(count)
    ]
    for batch in (rows[start : start + BATCH] for start in range(0, count, BATCH)):
        in_transaction(lambda batch=batch: db.session.execute(insert(WebhookDelivery), batch))
    # As autovacuum does within a minute; SQLite has the statement as well.
    in_transaction(lambda: db.session.execute(text("ANALYZE webhook_deliveries")))
    return accounts


def count_rows_read():
    """Return how many deliveries this transaction has read; SQLite does not count them."""
    if db.engine.dialect.name != "postgresql":
        return 0
    columns = "coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)"
    condition = "WHERE relname = 'webhook_deliveries'"
    read = text(f"SELECT {columns} FROM pg_stat_xact_user_tables {condition}")
    return db.session.scalars(read).one()
