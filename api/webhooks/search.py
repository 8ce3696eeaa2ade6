"""Reading webhooks and their deliveries: by page and by id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, case, select

from api.core import keyset
from api.core.keyset import Page, PageForm
from api.core.permissions import Permission
from api.core.principal import Principal
from api.core.reads import Query
from api.webhooks import records
from api.webhooks.delivery_schemas import MAX_ATTEMPTS_SHOWN, DeliverySearch
from api.webhooks.errors import DeliveryNotFound, WebhookNotFound
from api.webhooks.models import DeliveryState, Webhook, WebhookAttempt, WebhookDelivery
from api.webhooks.payloads import is_full
from api.webhooks.records import WebhookRecord, make_record
from api.webhooks.schemas import WebhookSearch

MAX_STATEMENTS = 100  # that are kept


class ListedDelivery(NamedTuple):
    """A delivery as administrators see it, without its body."""

    id: UUID
    webhook_id: UUID
    event: str
    event_id: UUID
    subject_id: UUID | None
    state: str
    attempts: int
    last_error: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True)
class DeliveryPage(Page[ListedDelivery]):
    """A page of deliveries, and whether their webhook is paused."""

    failing_since: datetime | None = None
    paused_until: datetime | None = None


class AttemptRecord(NamedTuple):
    """One request to a webhook, and its response."""

    at: datetime
    duration_ms: int
    url: str
    address: str | None
    status: int | None
    error: str | None
    request_headers: dict[str, str]
    response_headers: dict[str, str]
    response_body: str | None


class DeliveryDetails(NamedTuple):
    """A delivery with its body, and its attempts, newest first."""

    id: UUID
    webhook_id: UUID
    event: str
    event_id: UUID
    subject_id: UUID | None
    state: str
    attempts: int
    last_error: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    body: str | None
    history: Sequence[AttemptRecord] = ()


FILTERS = {
    "state": WebhookDelivery.state,
    "event": WebhookDelivery.event,
    "subject": WebhookDelivery.subject_id,
}
NEXT_ATTEMPT_AT = case(
    (WebhookDelivery.state == DeliveryState.PENDING, WebhookDelivery.next_attempt_at)
)
COLUMNS = [
    NEXT_ATTEMPT_AT if name == "next_attempt_at" else getattr(WebhookDelivery, name)
    for name in ListedDelivery._fields
]
delivery_by_id = Query(
    select(*COLUMNS, WebhookDelivery.body)
    .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)  # else it is deleted
    .where(WebhookDelivery.id == bindparam("id"), Webhook.id == bindparam("webhook_id")),
    DeliveryDetails,
)


def _make_attempt(*columns: Any) -> AttemptRecord:
    attempt = AttemptRecord(*columns)
    return attempt._replace(response_headers=attempt.response_headers or {})


attempts_of_delivery = Query(
    select(*(getattr(WebhookAttempt, name) for name in AttemptRecord._fields))
    .where(WebhookAttempt.delivery_id == bindparam("delivery_id"))
    .order_by(WebhookAttempt.at.desc(), WebhookAttempt.id.desc())
    .limit(MAX_ATTEMPTS_SHOWN),
    _make_attempt,
)


def find_webhooks(query: WebhookSearch) -> Page[WebhookRecord]:
    """Return a page of the webhooks.

    Raises:
        InvalidRequest: the cursor is not valid, or belongs to another order.
    """
    form, values = keyset.bind_page(query)
    rows = _make_webhook_query(form).all(**values)
    return keyset.make_page(rows, query, lambda row: (row.created_at, row.id), make=lambda row: row)


@lru_cache(maxsize=MAX_STATEMENTS)
def _make_webhook_query(form: PageForm) -> Query[WebhookRecord]:
    chosen = select(*records.COLUMNS)
    return Query(keyset.select_page(chosen, Webhook.created_at, Webhook.id, form), make_record)


def get_webhook(webhook_id: UUID) -> WebhookRecord:
    """Return a webhook.

    Raises:
        WebhookNotFound
    """
    webhook = records.webhook_by_id.first(id=webhook_id)
    if webhook is None:
        raise WebhookNotFound
    return webhook


def find_deliveries(webhook_id: UUID, query: DeliverySearch) -> DeliveryPage:
    """Return a page of the deliveries of a webhook that match all filters of the query.

    Raises:
        WebhookNotFound
        InvalidRequest: the cursor is not valid, or belongs to another order.
    """
    webhook = get_webhook(webhook_id)
    form, values = keyset.bind_page(query, minimum=query.get("after"), below=query.get("before"))
    filters = tuple(name for name in FILTERS if name in query)
    rows = _make_page_query(form, filters).all(**values, **query, group=webhook_id)
    page = keyset.make_page(rows, query, lambda row: (row.created_at, row.id), make=lambda row: row)
    return DeliveryPage(
        page.items,
        page.next,
        failing_since=webhook.failing_since,
        paused_until=webhook.paused_until,
    )


@lru_cache(maxsize=MAX_STATEMENTS)
def _make_page_query(form: PageForm, filters: tuple[str, ...]) -> Query[ListedDelivery]:
    """Return the query that reads a page with these filters."""
    conditions = (FILTERS[name] == bindparam(name) for name in filters)
    statement = keyset.select_page(
        select(*COLUMNS).where(*conditions),
        WebhookDelivery.created_at,
        WebhookDelivery.id,
        form,
        group=WebhookDelivery.webhook_id,
    )
    return Query(statement, ListedDelivery)


def get_delivery(webhook_id: UUID, delivery_id: UUID, *, by: Principal) -> DeliveryDetails:
    """Return a delivery with its attempts.

    Its body is hidden from a caller who may not read what a full payload has of the audit log, and
    so are the responses, because a receiver may repeat what it got.

    Raises:
        DeliveryNotFound: the webhook has no such delivery, or there is no such webhook.
    """
    found = delivery_by_id.first(id=delivery_id, webhook_id=webhook_id)
    if found is None:
        raise DeliveryNotFound
    history = attempts_of_delivery.all(delivery_id=delivery_id)
    if Permission.AUDIT_READ in by.permissions or not is_full(found.body or ""):
        return found._replace(history=history)
    shown = [attempt._replace(response_headers={}, response_body=None) for attempt in history]
    return found._replace(history=shown, body=None)
