"""From which devices and networks a user has logged in during the last 90 days.

The newest one of each user is kept longer. So only the first login of an account finds none.
"""

from datetime import timedelta
from enum import Enum, auto
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, exists, select, text, tuple_
from sqlalchemy.orm import aliased

from api.core import clock
from api.core.database import UTC_DATETIME, db
from api.core.request_context import current_request
from api.login_notices.models import KnownDevice
from api.passwords.attempts import find_network
from api.sessions.devices import name_device

RETENTION = timedelta(days=90)  # after the last login
MAX_DEVICES_PER_USER = 100
PURGE_BATCH_ROWS = 1000

TYPES = (bindparam("user_id", type_=Uuid()), bindparam("now", type_=UTC_DATETIME))
UPDATE = text("""
    UPDATE known_devices SET last_used_at = :now WHERE user_id = :user_id AND digest = :digest
""").bindparams(*TYPES)
INSERT = text("""
    INSERT INTO known_devices (user_id, digest, last_used_at) VALUES (:user_id, :digest, :now)
    ON CONFLICT DO NOTHING
""").bindparams(*TYPES)


class Familiarity(Enum):
    """What is known of the device of a login."""

    KNOWN = auto()
    NEW = auto()
    FIRST = auto()  # of the account


def record_login(user_id: UUID) -> Familiarity:
    """Record the device and network of this request, and return whether they are known.

    Of several logins at the same time from a new device, one returns that it is new.
    """
    values = {"user_id": user_id, "digest": _digest_device(), "now": clock.now()}
    if _count_rows(UPDATE, values):
        return Familiarity.KNOWN
    is_first = not db.session.scalar(select(exists().where(KnownDevice.user_id == user_id)))
    if not _count_rows(INSERT, values):
        return Familiarity.KNOWN
    _delete_surplus(user_id)
    return Familiarity.FIRST if is_first else Familiarity.NEW


def purge() -> int:
    """Delete a batch of devices that have not been used for long, and return how many."""
    newer = aliased(KnownDevice)
    has_newer = exists().where(
        newer.user_id == KnownDevice.user_id, newer.last_used_at > KnownDevice.last_used_at
    )
    is_old = KnownDevice.last_used_at < clock.now() - RETENTION
    return _delete(select(KnownDevice).where(is_old, has_newer).limit(PURGE_BATCH_ROWS))


def _delete_surplus(user_id: UUID) -> None:
    """Delete the least recently used devices of a user beyond the limit."""
    newest_first = select(KnownDevice).filter_by(user_id=user_id)
    ordered = newest_first.order_by(KnownDevice.last_used_at.desc(), KnownDevice.digest)
    _delete(ordered.offset(MAX_DEVICES_PER_USER).limit(PURGE_BATCH_ROWS))


def _delete(rows: Any) -> int:
    keys = rows.with_only_columns(KnownDevice.user_id, KnownDevice.digest)
    key = tuple_(KnownDevice.user_id, KnownDevice.digest)
    return _count_rows(delete(KnownDevice).where(key.in_(keys)))


def _count_rows(statement: Any, values: Any = None) -> int:
    options = {"synchronize_session": False}
    result: Any = db.session.execute(statement, values, execution_options=options)
    return int(result.rowcount)


def _digest_device() -> str:
    request = current_request()
    network = find_network(request.client_address)
    return sha256(f"{name_device(request.user_agent)}\n{network}".encode()).hexdigest()
