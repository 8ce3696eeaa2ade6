"""The mails that the service has stored for its worker."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from sqlalchemy import select

from api.core.database import db
from api.mail.service import KIND
from api.outbox.models import OutboxMessage, State
from api.outbox.service import read_content


@dataclass(frozen=True)
class Mail:
    """A mail that has not been delivered yet, with the values of its text."""

    name: str
    to: str
    values: dict[str, Any]

    @property
    def token(self) -> str:
        """Return the one-time token in its link."""
        [token] = parse_qs(urlsplit(self.values["link"]).query)["token"]
        return token


def read_mails(app: Flask, name: str | None = None) -> list[Mail]:
    """Return the stored mails, oldest first; with ``name`` those of one template."""
    pending = select(OutboxMessage).filter_by(kind=KIND, state=State.PENDING)
    if name is not None:
        pending = pending.filter_by(name=name)
    with app.app_context():
        messages = db.session.scalars(pending.order_by(OutboxMessage.id)).all()
        contents = [(message.name, read_content(message)) for message in messages]
    return [Mail(each, str(it["to"]), dict(it["values"])) for each, it in contents]  # type: ignore[call-overload]
