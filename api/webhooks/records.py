"""Webhooks as administrators see them, with what the worker has recorded of their health.

The health has no version: the worker changes it, and a pause ends by itself.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select

from api.core import clock
from api.core.database import db
from api.core.reads import Query
from api.webhooks.models import IS_PENDING, Webhook, WebhookDelivery

MAX_COUNTED = 100  # deliveries that wait, of each webhook


class Health(StrEnum):
    """Whether a webhook works. The first that applies, from the last one on."""

    UNTRIED = "untried"  # nothing was sent yet, or not since it was enabled or got another URL
    HEALTHY = "healthy"
    FAILING = "failing"  # no attempt has succeeded since one failed
    PAUSED = "paused"  # nothing is sent until ``paused_until``
    DISABLED = "disabled"


@dataclass(frozen=True)
class WebhookRecord:
    """A webhook as administrators see it."""

    id: UUID
    url: str
    description: str
    events: list[str]
    payload: str
    ordered: bool
    enabled: bool
    disabled_reason: str | None
    former_secret_until: datetime | None
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int
    failing_since: datetime | None
    paused_until: datetime | None  # null if it has passed
    last_attempt_at: datetime | None
    pending_deliveries: int  # at most MAX_COUNTED

    @property
    def health(self) -> Health:
        if not self.enabled:
            return Health.DISABLED
        if self.paused_until:
            return Health.PAUSED
        if self.failing_since:
            return Health.FAILING
        return Health.HEALTHY if self.last_attempt_at else Health.UNTRIED


@dataclass(frozen=True)
class WebhookWithSecret(WebhookRecord):
    """A webhook whose secret is shown, once."""

    secret: str


def make_record(*columns: Any) -> WebhookRecord:
    """Return the record of a row, without a pause that has ended."""
    record = WebhookRecord(*columns)
    if record.paused_until is None or record.paused_until > clock.now():
        return record
    return replace(record, paused_until=None)


WAITING = (
    select(WebhookDelivery.id)
    .where(WebhookDelivery.webhook_id == Webhook.id, IS_PENDING)
    .limit(MAX_COUNTED)
    .correlate(Webhook)
    .subquery()
)
PENDING = select(func.count()).select_from(WAITING).correlate(Webhook).scalar_subquery()
COLUMNS = [
    PENDING if field.name == "pending_deliveries" else getattr(Webhook, field.name)
    for field in fields(WebhookRecord)
]
webhook_by_id = Query(select(*COLUMNS).where(Webhook.id == bindparam("id")), make_record)


def read_changed(webhook: Webhook) -> WebhookRecord:
    """Return the record of a webhook as this transaction has changed it."""
    db.session.flush()
    row = db.session.connection().execute(webhook_by_id.statement, {"id": webhook.id}).one()
    return make_record(*row)


def read_changed_with_secret(webhook: Webhook, secret: str) -> WebhookWithSecret:
    """Return it with its new secret, which is shown once."""
    members: dict[str, Any] = {**vars(read_changed(webhook))}
    return WebhookWithSecret(**members, secret=secret)
