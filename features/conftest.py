"""Settings and fixtures that all features share; their shared steps are in ``common/``."""

from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from flask.testing import FlaskClient

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
GENERATED = "generated client"
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
def generated(pytestconfig):
    """Return the generated client, or None if requests are sent without it."""
    if pytestconfig.getoption("client") != "generated":
        return None
    return import_module("features.generated").GeneratedClient()


@pytest.fixture(autouse=True)
def _report_use_of_generated_client(generated, request):
    """Let the summary count the requests of the scenario, also on the workers of xdist."""
    before = generated and generated.requests.copy()
    yield
    if generated:
        used = dict(generated.requests - before), sorted(generated.operations)
        request.node.user_properties.append((GENERATED, used))


def pytest_terminal_summary(terminalreporter):
    reports = [each for group in terminalreporter.stats.values() for each in group]
    ended = [each for each in reports if getattr(each, "when", "") == "teardown"]
    uses = [dict(each.user_properties).get(GENERATED) for each in ended]
    if uses := [use for use in uses if use]:
        lines = import_module("features.generated").summarise(uses)
        terminalreporter.section("generated client")
        terminalreporter.write_line("\n".join(lines))


@pytest.fixture(scope="session")
def prepare(generated):
    """Return a function that lets the test clients of an app send with the generated client."""

    def prepare_app(app):
        if generated:
            app.test_client_class = generated.make_class(FlaskClient)
        return app

    return prepare_app


@pytest.fixture(scope="session")
def application(database_url, prepare):
    """Build the app of all features, with the rules of production and the cheap hashes of tests."""
    app = create_app({**TESTING, **PRODUCTION, "SQLALCHEMY_DATABASE_URI": database_url})
    yield prepare(app)
    dispose(app)


@pytest.fixture
def build_strict(build, prepare):
    """Build an app with the given settings and the rules of production."""
    return lambda **settings: prepare(build(**{**PRODUCTION, **settings}))


@pytest.fixture(scope="session")
def remote_access(generated):
    """Return the client of the remote service, and its administrator."""
    client = (generated.make_class(Client) if generated else Client)(remote.URL)
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
