import pytest

from tests.mails import read_mails
from tests.support import anonymous

NEW_PASSWORD = "a new engine, analytical"


@pytest.fixture
def ada(person):
    return person("Ada")


@pytest.fixture
def mails(app):
    """Return a function that reads the stored mails, oldest first."""
    return lambda name=None: read_mails(app, name)


@pytest.fixture
def forgot(anyone, mails):
    """Return a function that asks for a mail, and returns the token in the newest one."""

    def ask(email):
        anyone.post("/api/password/forgot", {"email": email}, expecting=202)
        return mails("reset_password")[-1].token

    return ask


@pytest.fixture
def reset(anyone):
    """Return a function that sends a reset."""

    def send(token, password=NEW_PASSWORD, expecting=204, **further):
        body = {"token": token, "new_password": password, **further}
        return anyone.post("/api/password/reset", body, expecting=expecting)

    return send


@pytest.fixture
def log_in():
    """Return a function that sends a login."""

    def send(person, password, expecting=200):
        body = {"username": person.username, "password": password}
        return anonymous(person.client).post("/api/login", body, expecting=expecting)

    return send
