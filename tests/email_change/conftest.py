import pytest

from tests.mails import read_mails

NEW = "countess@example.org"


@pytest.fixture
def ada(person):
    return person("Ada")


@pytest.fixture
def mails(app):
    """Return a function that reads the stored mails, oldest first."""
    return lambda name=None: read_mails(app, name)


@pytest.fixture
def request_change(ada, mails):
    """Return a function with which Ada asks for a new address; it returns the token for it."""

    def ask(email=NEW):
        ada.post("/api/me/email", {"email": email}, expecting=202)
        return mails("email_change_requested")[-1].token

    return ask


@pytest.fixture
def confirm(anyone):
    """Return a function that confirms a new address."""
    return lambda token, expecting=204: anyone.post(
        "/api/email/change/confirm", {"token": token}, expecting=expecting
    )


@pytest.fixture
def cancel(anyone):
    """Return a function that cancels a change."""
    return lambda token, expecting=204: anyone.post(
        "/api/email/change/cancel", {"token": token}, expecting=expecting
    )
