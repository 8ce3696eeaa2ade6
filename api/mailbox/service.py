"""The mails in the outbox, as their readers would see them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from api.core.database import db
from api.core.runtime import current_settings
from api.mail.channel import render_stored
from api.mail.rendering import RenderedMail
from api.mail.service import KIND
from api.outbox.models import OutboxMessage, State
from api.outbox.service import read_content

MAX_MAILS = 50


@dataclass(frozen=True)
class ReceivedMail:
    """A mail in the mailbox."""

    id: UUID
    to: str
    created_at: datetime
    rendered: RenderedMail


def list_mails() -> list[ReceivedMail]:
    """Return the newest mails, the newest first."""
    stored = select(OutboxMessage).where(
        OutboxMessage.kind == KIND, OutboxMessage.state == State.PENDING
    )
    newest = stored.order_by(OutboxMessage.id.desc()).limit(MAX_MAILS)
    return [mail for message in db.session.scalars(newest) for mail in _read(message)]


def find_mail(mail_id: UUID) -> ReceivedMail | None:
    message = db.session.get(OutboxMessage, mail_id)
    if message is None or message.kind != KIND or message.state != State.PENDING:
        return None
    return next(_read(message), None)


def _read(message: OutboxMessage) -> Iterator[ReceivedMail]:
    try:
        content = read_content(message)
    except InvalidTag:  # stored with another ENCRYPTION_KEY
        return
    rendered = render_stored(message.name, content, current_settings())
    yield ReceivedMail(message.id, str(content["to"]), message.created_at, rendered)
