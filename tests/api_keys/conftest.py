import pytest

from tests.mails import read_mails


@pytest.fixture
def ada(person):
    return person("Ada", role="admin")


@pytest.fixture
def create(ada):
    """Return a function that creates a key of Ada, and returns it as the response shows it."""

    def create_key(by=None, expecting=201, **members):
        body = {"name": "Nightly report", "scopes": [], **members}
        return (by or ada).post("/api/me/api-keys", body, expecting=expecting).json

    return create_key


@pytest.fixture
def mails(app):
    """Return a function that returns the mails of a template that are stored."""
    return lambda template: read_mails(app, template)
