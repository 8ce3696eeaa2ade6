"""Purging users whose restore period is over. No other account gets their ids."""

from datetime import timedelta

from sqlalchemy import delete, insert, select

from api.core import clock
from api.core.database import db
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.core.runtime import current_settings
from api.users.models import PurgedUser, User

PURGE_BATCH_ROWS = 1000  # in one transaction, so that other transactions do not wait for long


def purge_batch() -> int:
    """Purge a batch of users who can no longer be restored, and return their number."""
    deleted_before = clock.now() - timedelta(days=current_settings().deleted_users_kept_days)
    expired = select(User.id).where(User.deleted_at < deleted_before).order_by(User.deleted_at)
    batch = expired.limit(PURGE_BATCH_ROWS).with_for_update(skip_locked=True)
    user_ids = list(db.session.scalars(batch))
    if not user_ids:
        return 0
    statement = delete(User).where(User.id.in_(user_ids))
    db.session.execute(statement, execution_options={"synchronize_session": False})
    now = clock.now()
    rows = [{"id": user_id, "purged_at": now} for user_id in user_ids]
    db.session.execute(insert(PurgedUser), rows)
    for user_id in user_ids:
        emit(Event.USER_PURGED, subject=user_id, by=OPERATOR)
    return len(user_ids)
