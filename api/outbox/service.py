"""Storing messages in the outbox, and what a worker does with them."""

from collections.abc import Mapping
from uuid import UUID

import orjson

from api.core import secrets
from api.core.database import db
from api.core.runtime import current_runtime
from api.outbox.models import OutboxMessage

Content = Mapping[str, object]


def add_message(kind: str, name: str, content: Content, *, subject_id: UUID | None = None) -> UUID:
    """Store a message in the current transaction, and return its id.

    ``content`` is JSON. It is encrypted, since it has addresses and one-time tokens.
    """
    message_id = secrets.new_id()
    encrypted = current_runtime().outbox_cipher.encrypt(
        orjson.dumps(content), context=message_id.bytes
    )
    db.session.add(
        OutboxMessage(id=message_id, kind=kind, name=name, content=encrypted, subject_id=subject_id)
    )
    return message_id


def read_content(message: OutboxMessage) -> dict[str, object]:
    """Return the decrypted content of a message that has not been delivered yet."""
    assert message.content is not None  # noqa: S101  only delivered messages have none
    content = current_runtime().outbox_cipher.decrypt(message.content, context=message.id.bytes)
    found: dict[str, object] = orjson.loads(content)
    return found
