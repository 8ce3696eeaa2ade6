"""Settings and fixtures that all features share; their shared steps are in ``common/``."""

from collections import Counter
from pathlib import Path

import pytest

from api.app import create_app
from features import remote
from features.preconditions import LocalPreconditions, make_clock
from tests.remote import Client
from tests.service import RAISED
from tests.support import TESTING, dispose

PRODUCTION = {  # the rules of production that the test settings turn off
    "password_min_length": 12,
    "password_blocklist": True,
    "limits_enabled": True,
    **RAISED,
}
MARKERS = {
    "local": "changes the settings, the database or the clock of the service; not run remotely",
    "alone": "needs a service without other users; not run remotely",
}
EXCLUDED = pytest.StashKey[list[pytest.Item]]()


def pytest_configure(config):
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_bdd_apply_tag(tag, function):
    """Make every tag a keyword of the scenario: ``pytest features -k L-03``."""
    function.__dict__[tag] = True
    return None if tag in MARKERS else True


def pytest_collection_modifyitems(config, items):
    """Deselect the scenarios that cannot run against a remote service."""
    features = [item for item in items if Path(__file__).parent in item.path.parents]
    is_remote = remote.URL is not None
    excluded = [item for item in features if is_remote and remote.explain_exclusion(item)]
    config.stash[EXCLUDED] = excluded
    config.hook.pytest_deselected(items=excluded)
    items[:] = [item for item in items if item not in excluded]


def pytest_report_collectionfinish(config):
    reasons = Counter(remote.explain_exclusion(item) for item in config.stash[EXCLUDED])
    return [f"deselected {number} scenarios: {reason}" for reason, number in reasons.items()]


@pytest.fixture(scope="session")
def application(database_url):
    """Build the app of all features, with the rules of production and the cheap hashes of tests."""
    app = create_app({**TESTING, **PRODUCTION, "SQLALCHEMY_DATABASE_URI": database_url})
    yield app
    dispose(app)


@pytest.fixture
def build_strict(build):
    """Build an app with the given settings and the rules of production."""
    return lambda **settings: build(**{**PRODUCTION, **settings})


@pytest.fixture(scope="session")
def remote_access():
    """Return the client of the remote service, and its administrator."""
    client = Client(remote.URL)
    yield client, remote.log_in_administrator(client)
    client.close()


@pytest.fixture
def remote_service(remote_access):
    """Return the remote service, and delete the users and roles of the scenario afterwards."""
    service = remote.RemotePreconditions(*remote_access)
    yield service
    service.clean_up()


@pytest.fixture
def local_service(request):
    """Return the service that the scenario runs against."""
    if remote.URL:
        return request.getfixturevalue("remote_service")
    return LocalPreconditions(request.getfixturevalue("app"))


@pytest.fixture
def preconditions(local_service):
    """Return what Given steps set up the service with, whether it is local or remote."""
    return local_service


@pytest.fixture
def signing_secret(app):
    """Return the secret that access tokens are signed with in the tests."""
    return TESTING["JWT_SECRET_KEY"]


@pytest.fixture
def people():
    """Return all persons of the scenario, by name."""
    return {}


@pytest.fixture
def responses():
    """Return the last response to each person or device of the scenario, by name."""
    return {}


@pytest.fixture
def advance_clock(monkeypatch):
    """Return a function that sets the clock of the service forward."""
    return make_clock(monkeypatch)
