"""A link as the mail has it, and the browser that opens it."""

import re
from datetime import timedelta

import pytest

from api.core.database import transaction
from api.one_time_tokens import service as one_time_tokens

HIDDEN = re.compile(r'name="([a-z_]+)" value="([^"]*)"')


@pytest.fixture
def make_token(app):
    """Store a token for an account, and return it."""

    def make(purpose, user, **details):
        with app.app_context(), transaction():
            return one_time_tokens.create(
                purpose, lifetime=timedelta(hours=1), user_id=user.id, email=user.email, **details
            )

    return make


@pytest.fixture
def browser(app):
    """A browser, which keeps cookies."""
    return Browser(app.test_client())


class Browser:
    def __init__(self, client):
        self.client = client

    def open(self, page, token, **options):
        return self.client.get(f"/account/{page}", query_string={"token": token}, **options)

    def send(self, page, shown, **fields):
        """Send the form of a page that was shown, with further fields."""
        form = dict(HIDDEN.findall(shown.text)) | fields
        return self.client.post(f"/account/{page}", data=form)
