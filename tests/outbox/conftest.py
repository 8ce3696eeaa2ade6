from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from api.core import clock
from api.core.database import db, in_transaction
from api.core.secrets import new_id
from api.outbox import channels, service
from api.outbox.channels import Delivery
from api.outbox.models import OutboxMessage

KIND = "note"


@dataclass
class Receiver:
    """A channel that keeps what it gets, and fails as often as it is told to."""

    errors: list[Exception] = field(default_factory=list)
    received: list[Delivery] = field(default_factory=list)

    def receive(self, delivery: Delivery) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.received.append(delivery)


@pytest.fixture
def receiver(app, monkeypatch):
    receiver = Receiver()
    monkeypatch.setitem(app.extensions, channels.EXTENSION, {KIND: receiver.receive})
    return receiver


@pytest.fixture
def add(context):
    """Store a message, and return its id."""

    def add_message(text: str = "Hello", kind: str = KIND, **options: object):
        content = {"text": text}
        return in_transaction(lambda: service.add_message(kind, "greeting", content, **options))

    return add_message


@pytest.fixture
def read(context) -> Callable[..., OutboxMessage]:
    def read_message(message_id) -> OutboxMessage:
        message = db.session.get_one(OutboxMessage, message_id, populate_existing=True)
        db.session.commit()
        return message

    return read_message


@pytest.fixture
def advance_clock(monkeypatch):
    def advance(**duration: float) -> None:
        later = clock.now() + timedelta(**duration)
        monkeypatch.setattr("api.core.clock.now", lambda: later)

    return advance


@pytest.fixture
def subject():
    return new_id()
