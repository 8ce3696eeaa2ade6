import pytest

from tests.oauth_clients import make_service_client


@pytest.fixture
def make_client(app, client):
    """Return a function that saves a service account with these permissions."""

    def make(*permissions, **options):
        return make_service_client(app, client, *permissions, **options)

    return make
