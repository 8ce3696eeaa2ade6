"""Who receives the mails about an account."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from api.core.database import db
from api.users.models import Status, User


class Recipient(NamedTuple):
    """The owner of an account, as mails need them."""

    email: str
    locale: str | None
    email_verified_at: datetime | None

    @property
    def is_verified(self) -> bool:
        return self.email_verified_at is not None


def find_recipient(user_id: UUID) -> Recipient | None:
    """Return the owner of an active account."""
    row = select(*(getattr(User, name) for name in Recipient._fields)).filter_by(
        id=user_id, status=Status.ACTIVE, deleted_at=None
    )
    found = db.session.execute(row).one_or_none()
    return Recipient(*found) if found else None
