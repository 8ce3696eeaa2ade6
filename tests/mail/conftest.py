import pytest

from tests.certificates import make_certificates
from tests.mail.server import mail_server, make_context


@pytest.fixture(scope="session")
def certificates(place):
    """The files of an authority, and of certificate and key that it has signed for localhost."""
    directory = place / "certificates"
    directory.mkdir()
    return make_certificates(directory)


@pytest.fixture
def server_context(certificates):
    _, certificate, key = certificates
    return make_context(certificate, key)


@pytest.fixture
def trusted(certificates, monkeypatch):
    """Let this process trust the authority, as an operator can."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates[0]))


@pytest.fixture
def inbox():
    """A mail server without encryption: what it receives, and its port."""
    with mail_server(enable_SMTPUTF8=True) as started:
        yield started
