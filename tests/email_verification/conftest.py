"""A service that requires confirmed addresses, and the mails that it has stored."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from api.core.database import db
from api.outbox.models import OutboxMessage
from api.outbox.service import read_content
from tests.support import LocalService

PASSWORD = "correct horse battery"


@pytest.fixture
def required(build):
    return LocalService(build(EMAIL_VERIFICATION="required"))


@pytest.fixture
def register(required):
    """Register over HTTP: ``register("grace")`` has the address grace@example.org."""

    def send(name, **members):
        body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD, **members}
        return required.client.post("/api/register", json=body)

    return send


@pytest.fixture
def mails(app):
    """Return a function that returns name, recipient and token of the stored mails."""

    def read():
        with app.app_context():
            found = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
            contents = [(message.name, read_content(message)) for message in found]
        return [(name, content["to"], _find_token(content["values"])) for name, content in contents]

    return read


def _find_token(values):
    return parse_qs(urlsplit(values.get("link", "")).query).get("token", [None])[0]
