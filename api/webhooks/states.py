"""What the worker knows of a webhook during an attempt."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select, update

from api.core import clock
from api.core.database import db
from api.webhooks.models import Webhook

MAX_QUIET = timedelta(days=2)  # retries of a delivery are at most a day apart


class WebhookState(NamedTuple):
    """A webhook, as it was when a delivery was claimed."""

    id: UUID
    url: str
    ordered: bool
    enabled: bool
    secret: bytes
    former_secret: bytes | None
    former_secret_until: datetime | None
    created_by: UUID | None
    failing_since: datetime | None
    failures: int
    paused_until: datetime | None
    slow: bool

    @property
    def can_receive(self) -> bool:
        """Return whether something may be sent to it now."""
        return self.enabled and (self.paused_until is None or self.paused_until <= clock.now())


COLUMNS = [getattr(Webhook, name) for name in WebhookState._fields]

SELECT = select(*COLUMNS).where(Webhook.id == bindparam("given_id"))
LOCK = SELECT.with_for_update(read=True, key_share=True)
LOCK_TO_CHANGE = SELECT.with_for_update(key_share=True)
LOCK_IF_FREE = SELECT.with_for_update(key_share=True, skip_locked=True)


def was_quiet(now: datetime) -> ColumnElement[bool]:
    """Return whether nothing was sent for so long that former failures do not count."""
    return Webhook.last_attempt_at < now - MAX_QUIET


def lock_webhook(webhook_id: UUID, *, to_change: bool) -> WebhookState | None:
    """Return a webhook that cannot be deleted until the transaction ends; None if it was.

    A transaction that changes the webhook says so at its first lock. To change it after the weaker
    lock would wait for one that wants to delete it, and that one waits for the weaker lock.
    """
    return _read(LOCK_TO_CHANGE if to_change else LOCK, webhook_id)


def lock_webhook_if_free(webhook_id: UUID) -> WebhookState | None:
    """Return a webhook that no other transaction changes; None if one does, or it was deleted.

    A thread that waits here has a connection, of which there are fewer than threads. A replay locks
    its webhook for seconds.
    """
    return _read(LOCK_IF_FREE, webhook_id)


def _read(statement: Select[*tuple[Any, ...]], webhook_id: UUID) -> WebhookState | None:
    row = db.session.connection().execute(statement, {"given_id": webhook_id}).one_or_none()
    return WebhookState(*row) if row else None


def change_webhook(webhook_id: UUID, **values: object) -> WebhookState | None:
    """Change what the worker records, and not the version.

    Return the webhook as it is then; None if it was deleted.
    """
    kept = {"updated_at": Webhook.updated_at, **values}
    statement = update(Webhook).where(Webhook.id == webhook_id).values(kept).returning(*COLUMNS)
    options = {"synchronize_session": False}
    row = db.session.execute(statement, execution_options=options).one_or_none()
    return WebhookState(*row) if row else None
