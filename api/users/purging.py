"""Purging users whose restore period is over. No other account gets their ids."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select

from api.core import clock
from api.core.database import db
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.core.runtime import current_settings
from api.users.models import PurgedAccount, User

PURGE_BATCH_ROWS = 100  # in one transaction, so that other transactions do not wait for long


def purge_batch() -> int:
    """Purge a batch of users who can no longer be restored, and return their number.

    The event comes before the rows are deleted, so that its subscribers can read them and delete
    what else is stored about these users.
    """
    expired = select(User.id).where(_is_due()).order_by(User.deleted_at)
    batch = expired.limit(PURGE_BATCH_ROWS).with_for_update(skip_locked=True)
    user_ids = list(db.session.scalars(batch))
    if not user_ids:
        return 0
    for user_id in user_ids:
        emit(Event.USER_PURGED, subject=user_id, by=OPERATOR)
    statement = delete(User).where(User.id.in_(user_ids))
    db.session.execute(statement, execution_options={"synchronize_session": False})
    now = clock.now()
    rows = [{"id": user_id, "purged_at": now} for user_id in user_ids]
    db.session.execute(insert(PurgedAccount), rows)
    return len(user_ids)


def _is_due() -> ColumnElement[bool]:
    """Return the condition that a user is to be purged.

    Users who have deleted their own accounts have a time of their own.
    """
    now = clock.now()
    deleted_before = now - timedelta(days=current_settings().deleted_users_kept_days)
    by_others = and_(User.erase_at.is_(None), User.deleted_at < deleted_before)
    return and_(User.deleted_at.is_not(None), or_(User.erase_at <= now, by_others))
