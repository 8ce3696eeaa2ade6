from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from api.core.database import db
from api.core.permissions import Permission
from api.outbox import service as outbox
from api.outbox.models import OutboxMessage
from tests.support import make_principal


@pytest.fixture
def root(user):
    """An administrator with a saved account, as the caller of a service."""
    return make_principal(user("Root", role="admin").id, frozenset(Permission))


@pytest.fixture
def read_mails(app):
    """Return a function that returns the mails that are stored, as name and content."""

    def read():
        with app.app_context():
            messages = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
            return [(message.name, outbox.read_content(message)) for message in messages]

    return read


@pytest.fixture
def read_tokens(read_mails):
    """Return a function that returns the tokens in the links of all mails, oldest first."""

    def read():
        links = [content["values"].get("link") for _, content in read_mails()]
        return [parse_qs(urlsplit(link).query)["token"][0] for link in links if link]

    return read
