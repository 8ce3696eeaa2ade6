"""Storing messages in the outbox, listing and retrying them, and deleting old ones."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import orjson
from sqlalchemy import and_, delete, or_

from api.core import clock, secrets
from api.core.database import db, delete_rows
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.runtime import current_runtime
from api.outbox.errors import MessageNotDead, MessageNotFound
from api.outbox.models import OutboxMessage, State

DELIVERED_KEPT = timedelta(days=7)  # without their content
DEAD_KEPT = timedelta(days=30)  # with it, so that they can be retried
PURGE_BATCH_ROWS = 1000

Content = Mapping[str, object]


def add_message(
    kind: str,
    name: str,
    content: Content,
    *,
    subject_id: UUID | None = None,
    state: State = State.PENDING,
) -> UUID:
    """Store a message in the current transaction, and return its id.

    ``content`` is JSON. It is encrypted, since it has addresses and one-time tokens. Only a pending
    message is delivered.
    """
    message_id = secrets.new_id()
    encrypted = current_runtime().outbox_cipher.encrypt(
        orjson.dumps(content), context=message_id.bytes
    )
    db.session.add(
        OutboxMessage(
            id=message_id,
            kind=kind,
            name=name,
            content=encrypted,
            subject_id=subject_id,
            state=state,
            delivered_at=clock.now() if state is State.DELIVERED else None,  # for the purge
        )
    )
    return message_id


def read_content(message: OutboxMessage) -> dict[str, object]:
    """Return the decrypted content of a message that has not been delivered yet.

    Raises:
        cryptography.exceptions.InvalidTag: it is encrypted with another ENCRYPTION_KEY.
    """
    assert message.content is not None  # noqa: S101  only delivered messages have none
    content = current_runtime().outbox_cipher.decrypt(message.content, context=message.id.bytes)
    found: dict[str, object] = orjson.loads(content)
    return found


def retry(message_id: UUID, *, by: Principal) -> OutboxMessage:
    """Let the worker deliver a dead message again, with all its attempts.

    Raises:
        MessageNotFound: there is no message with this id.
        MessageNotDead: it has been delivered, or the worker still tries.
    """
    message = db.session.get(
        OutboxMessage, message_id, with_for_update=True, populate_existing=True
    )
    if message is None:
        raise MessageNotFound
    if message.state != State.DEAD:
        raise MessageNotDead
    message.state, message.attempts, message.next_attempt_at = State.PENDING, 0, clock.now()
    emit(
        Event.OUTBOX_MESSAGE_RETRIED,
        subject=message.subject_id,
        by=by,
        message=str(message.id),
        kind=message.kind,
        name=message.name,
    )
    return message


def delete_about(subject_id: UUID) -> None:
    """Delete all messages about an account, also those that have not been delivered."""
    statement = delete(OutboxMessage).where(OutboxMessage.subject_id == subject_id)
    db.session.execute(statement, execution_options={"synchronize_session": False})


def purge() -> int:
    """Delete a batch of old messages, and return how many.

    Those without a channel, as in development without a mail server, are deleted with the dead.
    """
    now = clock.now()
    is_old = or_(
        and_(
            OutboxMessage.state == State.DELIVERED,
            OutboxMessage.delivered_at < now - DELIVERED_KEPT,
        ),
        and_(
            OutboxMessage.state != State.DELIVERED, OutboxMessage.next_attempt_at < now - DEAD_KEPT
        ),
    )
    return delete_rows(OutboxMessage.id, is_old, max_rows=PURGE_BATCH_ROWS)
