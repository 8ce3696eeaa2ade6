"""Leaves ids alone in the deliveries about erased accounts.

Receivers have to learn that an account was deleted and erased, so that they can erase it, too. So
no delivery is deleted: what waits is still sent, in its order, but as a thin payload. What
receivers have responded is deleted, because it may have what they know of the person.

An account can have more deliveries than one transaction may change, and an attempt or a replay may
be under way. So a job does the rest, until nothing about the account waits. It begins anew when
something about the account is delivered again.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Uuid,
    bindparam,
    insert,
    null,
    or_,
    select,
    text,
    update,
)

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import UTC_DATETIME, db
from api.core.events import Event, Occurrence
from api.webhooks.models import DeliveryState, WebhookAttempt, WebhookDelivery, WebhookErasure
from api.webhooks.payloads import IS_FULL_TEXT, remove_details

EVENTS = (Event.USER_PURGED,)
BATCH_ROWS = 500
# What had begun before the erasure has ended by then: requests, and attempts to deliver.
SETTLE_TIME = timedelta(minutes=5)
INTERVAL = timedelta(hours=1)  # for accounts about which something still waits

IS_PENDING = WebhookDelivery.state == DeliveryState.PENDING
IS_FULL = WebhookDelivery.body.contains(IS_FULL_TEXT)
RESUME = text("""
    INSERT INTO webhook_erasures (subject_id, erased_at, next_at) VALUES (:subject_id, :now, :now)
    ON CONFLICT (subject_id) DO UPDATE
        SET erased_at = excluded.erased_at, next_at = excluded.next_at
""").bindparams(bindparam("subject_id", type_=Uuid()), bindparam("now", type_=UTC_DATETIME))
REPLACE_BODY = (
    update(WebhookDelivery)
    .where(WebhookDelivery.id == bindparam("given_id"))
    .values(body=bindparam("thin_body"))
)


def begin_erasure(occurrence: Occurrence) -> None:
    """Remove the details from what waits, and let the job do the rest.

    This subscribes before the deliveries of the event itself are stored.
    """
    subject_id = occurrence.subject
    if subject_id is None:
        return
    at = occurrence.at
    values = {"subject_id": subject_id, "erased_at": at, "next_at": at}
    db.session.connection().execute(insert(WebhookErasure), values)
    _remove_details(subject_id, IS_PENDING)


def erase_batch() -> int:
    """Erase a batch of rows about one account, and return how many; 0 if no account is due."""
    is_due = WebhookErasure.next_at <= clock.now()
    chosen = select(WebhookErasure).where(is_due).order_by(WebhookErasure.next_at).limit(1)
    erasure = db.session.scalar(chosen.with_for_update(skip_locked=True))
    if erasure is None:
        return 0
    erased = _remove_details(erasure.subject_id) + _delete_responses(erasure.subject_id)
    if not erased:
        _end_or_postpone(erasure)
    return max(erased, 1)


def resume_erasures(subject_ids: Iterable[UUID | None]) -> set[UUID]:
    """Return those of the accounts that were erased, and let the job look at them again.

    Something about them is delivered again, and receivers will respond to that.
    """
    erased = sorted(_find_erased({it for it in subject_ids if it is not None}))
    if erased:
        values = [{"subject_id": subject_id, "now": clock.now()} for subject_id in erased]
        db.session.connection().execute(RESUME, values)
    return set(erased)


def _find_erased(subject_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the accounts that were erased, as the audit log has it."""
    erased = select(AuditEvent.subject_id).where(
        AuditEvent.event == Event.USER_PURGED, AuditEvent.subject_id.in_(subject_ids)
    )
    return {subject_id for subject_id in db.session.scalars(erased) if subject_id is not None}


def _remove_details(subject_id: UUID, *conditions: ColumnElement[bool]) -> int:
    """Make a batch of bodies thin. It waits for no lock, so that it is part of no deadlock."""
    full = select(WebhookDelivery.id, WebhookDelivery.body)
    full = full.where(WebhookDelivery.subject_id == subject_id, IS_FULL, *conditions)
    chosen = full.limit(BATCH_ROWS).with_for_update(skip_locked=True)
    rows = db.session.execute(chosen).all()
    if rows:
        values = [{"given_id": row.id, "thin_body": remove_details(row.body)} for row in rows]
        db.session.connection().execute(REPLACE_BODY, values)
    return len(rows)


def _delete_responses(subject_id: UUID) -> int:
    """Delete the bodies and headers of a batch of responses; the attempts and their status stay."""
    is_about = WebhookDelivery.subject_id == subject_id
    attempts = select(WebhookAttempt.id).join(WebhookDelivery).where(is_about)
    responded = attempts.where(WebhookAttempt.response_body.is_not(None)).limit(BATCH_ROWS)
    changed = update(WebhookAttempt).where(WebhookAttempt.id.in_(responded))
    changed = changed.values(response_body=None, response_headers=null())
    options = {"synchronize_session": False}
    returned = changed.returning(WebhookAttempt.id)
    return len(db.session.scalars(returned, execution_options=options).all())


def _end_or_postpone(erasure: WebhookErasure) -> None:
    now, settles_at = clock.now(), erasure.erased_at + SETTLE_TIME
    if now < settles_at:
        erasure.next_at = settles_at
    elif _has_unfinished(erasure.subject_id):
        erasure.next_at = now + INTERVAL
    else:
        db.session.delete(erasure)


def _has_unfinished(subject_id: UUID) -> bool:
    """Return whether something about the account waits, or was locked by another transaction."""
    unfinished = select(WebhookDelivery.id).where(
        WebhookDelivery.subject_id == subject_id, or_(IS_PENDING, IS_FULL)
    )
    return db.session.scalar(unfinished.limit(1)) is not None
