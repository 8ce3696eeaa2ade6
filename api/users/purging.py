"""Deleting for good what was deleted long enough ago."""

from datetime import timedelta

from sqlalchemy import delete, select

from api.audit.service import Event, record
from api.config import settings
from api.core import clock
from api.core.database import db
from api.users.models import User

BATCH = 1000  # accounts to a transaction, so that nobody waits for long


def purge_some() -> int:
    """Delete a batch of those who can no longer be restored, and return how many these were."""
    kept_since = clock.now() - timedelta(days=settings().deleted_users_kept_days)
    past = select(User.id).where(User.deleted_at < kept_since).order_by(User.deleted_at)
    some = list(db.session.scalars(past.limit(BATCH).with_for_update(skip_locked=True)))
    gone = delete(User).where(User.id.in_(some)).execution_options(synchronize_session=False)
    db.session.execute(gone)
    for user_id in some:
        record(Event.USER_PURGED, subject=user_id, by=None)
    return len(some)
