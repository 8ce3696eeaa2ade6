"""Purging users whose time to be restored is over. Their ids stay taken."""

from datetime import timedelta

from sqlalchemy import delete, insert, select

from api.config import settings
from api.core import clock
from api.core.database import db
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.users.models import PurgedUser, User

BATCH = 1000  # accounts to a transaction, so that other transactions do not wait for long


def purge_some() -> int:
    """Purge a batch of users who can no longer be restored, and return how many."""
    kept_since = clock.now() - timedelta(days=settings().deleted_users_kept_days)
    past = select(User.id).where(User.deleted_at < kept_since).order_by(User.deleted_at)
    some = list(db.session.scalars(past.limit(BATCH).with_for_update(skip_locked=True)))
    gone = delete(User).where(User.id.in_(some)).execution_options(synchronize_session=False)
    db.session.execute(gone)
    now = clock.now()
    for user_id in some:
        db.session.execute(insert(PurgedUser).values(id=user_id, purged_at=now))
        emit(Event.USER_PURGED, subject=user_id, by=OPERATOR)
    return len(some)
