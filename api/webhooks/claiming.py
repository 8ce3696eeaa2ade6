"""The statements that choose and claim what is delivered next.

They are made once: making them at each delivery takes as long as executing them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from api.core import clock
from api.core.database import autocommit, db
from api.webhooks.models import DeliveryState, Webhook, WebhookDelivery
from api.webhooks.states import WebhookState
from api.webhooks.transport import TIMEOUT_SECONDS

LEASE = timedelta(seconds=TIMEOUT_SECONDS + 15)
NOW = bindparam("now", type_=WebhookDelivery.next_attempt_at.type)
ID = bindparam("given_id", type_=Webhook.id.type)


class Claim(NamedTuple):
    """A delivery that the caller attempts now."""

    webhook: WebhookState
    id: UUID
    event: str
    body: str
    attempts: int  # with this one
    requested_at: datetime
    next_attempt_at: datetime  # when the claim ends


class Waiting(NamedTuple):
    """A webhook with due deliveries."""

    id: UUID
    ordered: bool


HEAD = aliased(WebhookDelivery)
DUE_ORDER = (WebhookDelivery.next_attempt_at, WebhookDelivery.id)
# What is read to find a delivery of an ordered webhook. Each account takes 15 microseconds.
MAX_DUE_READ = 50  # that have been due longest
MAX_ACCOUNTS = 10_000  # if all of those wait: the first delivery of each account
MAX_WITHOUT_SUBJECT = 1000  # deliveries about no account
CLAIMED = [getattr(WebhookDelivery, name) for name in Claim._fields[1:]]
# A statement that claims needs this outside its subqueries. If another transaction has changed the
# row since the snapshot, PostgreSQL evaluates the condition again, but no subquery.
IS_DUE = and_(
    WebhookDelivery.state == DeliveryState.PENDING,
    WebhookDelivery.next_attempt_at <= NOW,
)


def _is_due(webhook_id: SQLColumnExpression[UUID]) -> ColumnElement[bool]:
    """Return whether a delivery of the webhook is due, whatever its order."""
    return and_(WebhookDelivery.webhook_id == webhook_id, IS_DUE)


def _select_head(
    webhook_id: SQLColumnExpression[UUID], *conditions: ColumnElement[bool]
) -> ScalarSelect[UUID]:
    """Select the first delivery in the order of accounts and events, with one read of an index."""
    head = select(HEAD.id).where(
        HEAD.webhook_id == webhook_id,
        HEAD.state == DeliveryState.PENDING,
        HEAD.subject_id.is_not(None),
        *conditions,
    )
    head = head.order_by(HEAD.subject_id, HEAD.event_at, HEAD.event_id)
    return head.limit(1).scalar_subquery()


def is_first_of_account(webhook_id: SQLColumnExpression[UUID]) -> ColumnElement[bool]:
    """Return whether a delivery of an ordered webhook need not wait for an earlier one.

    Deliveries about no account never wait.
    """
    head = _select_head(webhook_id, HEAD.subject_id == WebhookDelivery.subject_id)
    return or_(
        WebhookDelivery.subject_id.is_(None),
        WebhookDelivery.id == head.correlate(Webhook, WebhookDelivery),
    )


def _select_oldest(webhook_id: SQLColumnExpression[UUID]) -> Select[UUID]:
    """Select the delivery that has been due longest and need not wait, if it is near the first."""
    due = select(WebhookDelivery.id).where(_is_due(webhook_id))
    due = due.order_by(*DUE_ORDER).limit(MAX_DUE_READ)
    near = due.correlate(Webhook).subquery()
    chosen = select(WebhookDelivery.id).join(near, near.c.id == WebhookDelivery.id)
    chosen = chosen.where(IS_DUE, is_first_of_account(webhook_id))
    return chosen.order_by(*DUE_ORDER).limit(1)


def _find_any(webhook_id: SQLColumnExpression[UUID]) -> ColumnElement[UUID]:
    """Find a due delivery among the first ones of all accounts, and those about none.

    It goes from the first delivery of one account to that of the next one, until one is due. So it
    takes as many reads as there are accounts at most, and not as there are deliveries that wait.
    """
    columns = (WebhookDelivery.id, WebhookDelivery.subject_id, WebhookDelivery.next_attempt_at)
    first = _select_head(webhook_id).correlate(Webhook)
    start = select(*columns).where(WebhookDelivery.id == first).correlate(Webhook)
    visited = start.cte("visited", recursive=True, nesting=True)
    following = _select_head(webhook_id, HEAD.subject_id > visited.c.subject_id)
    is_next = WebhookDelivery.id == following.correlate(Webhook, visited)
    visited = visited.union_all(
        select(*columns).join_from(visited, WebhookDelivery, is_next).correlate(Webhook)
    )
    heads = select(visited.c.id, visited.c.next_attempt_at).limit(MAX_ACCOUNTS)
    without_subject = select(WebhookDelivery.id, WebhookDelivery.next_attempt_at).where(
        WebhookDelivery.webhook_id == webhook_id,
        WebhookDelivery.state == DeliveryState.PENDING,
        WebhookDelivery.subject_id.is_(None),
    )
    without_subject = without_subject.order_by(WebhookDelivery.event_at, WebhookDelivery.event_id)
    return func.coalesce(_find_due(heads), _find_due(without_subject.limit(MAX_WITHOUT_SUBJECT)))


def _find_due(rows: Select[*tuple[UUID, datetime]]) -> ScalarSelect[UUID]:
    found = rows.correlate(Webhook).subquery()
    due = select(found.c.id).where(found.c.next_attempt_at <= NOW).limit(1)
    return due.correlate(Webhook).scalar_subquery()


def _select_waiting() -> Select[*tuple[UUID, bool]]:
    due = select(WebhookDelivery.id).where(_is_due(Webhook.id)).order_by(*DUE_ORDER).limit(1)
    first_due = due.correlate(Webhook).scalar_subquery()  # by index; EXISTS may scan the table
    waiting = select(Webhook.id, Webhook.ordered).where(
        Webhook.enabled,
        Webhook.slow == bindparam("slow"),
        or_(Webhook.paused_until.is_(None), Webhook.paused_until <= NOW),
        Webhook.id.not_in(bindparam("excluded", expanding=True)),
        first_due.is_not(None),
    )
    return waiting.order_by(Webhook.last_attempt_at.nulls_first()).limit(1)


def _make_claim(due: Select[UUID]) -> ReturningUpdate[*tuple[object, ...]]:
    chosen = due.with_for_update(skip_locked=True, of=WebhookDelivery).cte("chosen")
    return (
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_(select(chosen.c.id)))
        .values(next_attempt_at=bindparam("leased_until"), attempts=WebhookDelivery.attempts + 1)
        .returning(*CLAIMED)
    )


SELECT_DUE = select(WebhookDelivery.id).where(_is_due(ID))
SELECT_WAITING = _select_waiting()
CLAIM = _make_claim(SELECT_DUE.order_by(*DUE_ORDER).limit(1))
CLAIMS_IN_ORDER = (
    _make_claim(_select_oldest(ID)),
    _make_claim(SELECT_DUE.where(WebhookDelivery.id == _find_any(ID), SELECT_DUE.exists())),
)


def find_waiting_webhook(*, slow: bool, excluded: Collection[UUID]) -> Waiting | None:
    """Return the webhook with due deliveries that was taken least recently, or None.

    ``slow`` chooses between those whose last attempt took long, and the others. The due deliveries
    of an ordered webhook may all have to wait. That is costly to find out, so the claim does it: it
    is about one webhook, and this statement about all of them.
    """
    values = {"slow": slow, "excluded": list(excluded), "now": clock.now()}
    with autocommit() as connection:
        row = connection.execute(SELECT_WAITING, values).one_or_none()
        return Waiting(*row) if row else None


def claim_delivery(webhook: WebhookState) -> Claim | None:
    """Claim the delivery that has been due for the longest time, if there is one."""
    if not webhook.can_receive:
        return None
    now = clock.now()
    values = {"given_id": webhook.id, "now": now, "leased_until": now + LEASE}
    for statement in CLAIMS_IN_ORDER if webhook.ordered else (CLAIM,):
        if row := db.session.connection().execute(statement, values).one_or_none():
            return Claim(webhook, **row._asdict())
    return None
