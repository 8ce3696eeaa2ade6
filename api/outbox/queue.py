"""Which message is delivered next, and what becomes of it after an attempt.

No lock is held during a delivery. A worker claims a message by moving its next attempt into the
future, beyond the time that a delivery can take. If the worker dies, the message is due again then.
"""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, select, update

from api.core import clock, secrets
from api.core.database import autocommit, db, in_transaction
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.outbox.channels import MAX_DELIVERY_SECONDS, current_channels
from api.outbox.errors import DeliveryError, TransientDeliveryError
from api.outbox.models import MAX_ERROR_LENGTH, OutboxMessage, State

LEASE = timedelta(seconds=MAX_DELIVERY_SECONDS + 10)
FIRST_DELAY_SECONDS, MAX_DELAY_SECONDS = 10, 3600  # doubled after each attempt
MAX_RETRY_AFTER_SECONDS = 86_400
MAX_ATTEMPTS = 40  # about a day


class Outcome(StrEnum):
    """What an attempt led to. The value is a label of a metric."""

    DELIVERED = "delivered"
    POSTPONED = "postponed"
    FAILED = "failed"


def claim_next() -> OutboxMessage | None:
    """Claim the message that has been due for the longest time, or return None."""
    with autocommit() as connection:  # most often nothing is due; no need to write then
        if not connection.scalar(select(exists().where(_is_due()))):
            return None
    return in_transaction(_claim)


def _is_due() -> ColumnElement[bool]:
    """Return whether a message is due. Kinds that a later version has added are left to it."""
    return and_(
        OutboxMessage.state == State.PENDING,
        OutboxMessage.next_attempt_at <= clock.now(),
        OutboxMessage.kind.in_(current_channels()),
    )


def _claim() -> OutboxMessage | None:
    first = select(OutboxMessage.id).where(_is_due()).order_by(OutboxMessage.next_attempt_at)
    chosen = first.limit(1).with_for_update(skip_locked=True).cte("chosen")
    statement = (
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(select(chosen.c.id)))
        .values(next_attempt_at=clock.now() + LEASE, attempts=OutboxMessage.attempts + 1)
        .returning(OutboxMessage)
    )
    options = {"synchronize_session": False, "populate_existing": True}
    return db.session.scalars(statement, execution_options=options).one_or_none()


def record_outcome(message: OutboxMessage, error: DeliveryError | None) -> Outcome:
    """Record the outcome of an attempt in the current transaction.

    If the claim has expired meanwhile, only the success counts: another worker may have the
    message now.
    """
    if error is None:
        _change(
            OutboxMessage.id == message.id,
            state=State.DELIVERED,
            content=None,
            last_error=None,
            delivered_at=clock.now(),
        )
        return Outcome.DELIVERED
    is_claimed = and_(OutboxMessage.id == message.id, OutboxMessage.attempts == message.attempts)
    text = error.text[:MAX_ERROR_LENGTH]
    if isinstance(error, TransientDeliveryError) and message.attempts < MAX_ATTEMPTS:
        next_attempt_at = clock.now() + choose_delay(message.attempts, error)
        _change(is_claimed, next_attempt_at=next_attempt_at, last_error=text)
        return Outcome.POSTPONED
    if _change(is_claimed, state=State.DEAD, last_error=text):
        details = {"message": str(message.id), "kind": message.kind, "name": message.name}
        emit(Event.OUTBOX_MESSAGE_FAILED, subject=message.subject_id, by=OPERATOR, **details)
    return Outcome.FAILED


def choose_delay(attempts: int, error: TransientDeliveryError) -> timedelta:
    """Return the time until the next attempt: doubled each time, and partly random.

    So messages that failed together are not all tried again at one time.
    """
    longest = min(FIRST_DELAY_SECONDS * 2 ** (attempts - 1), MAX_DELAY_SECONDS)
    delay = longest * (1 + secrets.fraction()) / 2
    asked = min(error.retry_after_seconds or 0, MAX_RETRY_AFTER_SECONDS)
    return timedelta(seconds=max(delay, asked))


def _change(condition: ColumnElement[bool], **values: object) -> bool:
    """Change a message that is pending; return False if it is not, or the condition is not met."""
    statement = update(OutboxMessage).where(condition, OutboxMessage.state == State.PENDING)
    changed = statement.values(**values).returning(OutboxMessage.id)
    return db.session.scalar(changed, execution_options={"synchronize_session": False}) is not None
