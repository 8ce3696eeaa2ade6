"""The fixtures that tests and features share."""

import gc
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from api.app import create_app
from api.audit.models import AuditEvent
from api.core import clock, outages
from api.core.database import db
from tests import postgresql
from tests.conformance import ContractClient
from tests.databases import PostgreSQL, SQLite, migrate
from tests.processes import workplace
from tests.support import TESTING, LocalService, Person, anonymous, dispose, empty

pytest_plugins = [
    "tests.service",
    "tests.webhooks.true_events",
    "features.common.accounts",
    "features.common.logins",
    "features.common.introspection",
    "features.common.mails",
    "features.common.api_keys",
    "features.common.programs",
    "features.common.receivers",
    "features.common.service_accounts",
    "features.report.plugin",
    "tests.webhooks.deliveries",
]

ROOT = Path(__file__).parent
FEATURES = ROOT / "features"
# Tests that request a database, but what they prove does not depend on it: pages and the contract,
# password hashes, tokens, exports of other systems, and what commands do before they connect.
DATABASE_INDEPENDENT = (
    "tests/account_pages/test_pages.py",
    "tests/commands/test_cli.py",
    "tests/commands/test_config.py",
    "tests/commands/test_openapi.py",
    "tests/commands/test_openapi_changes.py",
    "tests/discovery",
    "tests/docs",
    "tests/mail/test_overrides.py",
    "tests/oauth/test_apache.py",
    "tests/oauth/test_independent_clients.py",
    "tests/oauth/test_nginx.py",
    "tests/oauth/test_pages.py",
    "tests/oauth/test_spring.py",
    "tests/passwords/test_hashing.py",
    "tests/passwords/test_imported.py",
    "tests/passwords/test_imported_logins.py",
    "tests/service_accounts/test_page.py",
    "tests/service_accounts/test_public_keys.py",
    "tests/specification",
    "tests/tokens",
    "tests/transfer/test_origin_commands.py",
    "tests/transfer/test_origins.py",
    "tests/transfer/test_remote_commands.py",
    "tests/web/test_contract.py",
    "tests/web/test_contract_responses.py",
    "tests/web/test_contract_schemas.py",
    "tests/web/test_limits.py",
    "tests/web/test_problems.py",
    "tests/webhooks/test_contract.py",
    "tests/webhooks/test_receiving_page.py",
    "tests/webhooks/test_transport.py",
)
# What takes longest begins first, so that no processor waits for it at the end.
LONGEST = [
    ROOT / "tests" / name
    for name in ("contract/test_fuzzing.py", "hostile/test_webhooks.py", "hostile/test_outbox.py")
]
ELSEWHERE = os.environ.get("SERVICE_URL")
CHOSEN = pytest.StashKey[postgresql.Source | None]()


def pytest_addoption(parser):
    parser.addoption(
        "--database",
        choices=["postgresql", "sqlite"],
        default=os.environ.get("TEST_DATABASE", "postgresql"),
        help="what the tests in this process run on",
    )
    parser.addoption(
        "--client",
        choices=["none", "generated"],
        default="none",
        help="whether the features send their requests with the generated Python client",
    )


def pytest_configure(config):
    """Choose the database at once, so that the header says which, and start it when needed."""
    wanted = config.getoption("database") == "postgresql" and not ELSEWHERE
    config.stash[CHOSEN] = postgresql.choose_source() if wanted else None


def pytest_collectstart():
    """Collect without the garbage collector: a fifth less time, as nearly all objects stay."""
    gc.disable()


def pytest_collection_modifyitems(config, items):
    """Begin with the longest; on SQLite run only what depends on the database."""
    items.sort(key=lambda item: item.path not in LONGEST)
    if config.getoption("database") != "sqlite":
        return
    for name in DATABASE_INDEPENDENT:
        if not (ROOT / name).exists():
            raise pytest.UsageError(f"DATABASE_INDEPENDENT names {name}, which does not exist.")
    others = [item for item in items if not depends_on_database(item)]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if depends_on_database(item)]


def pytest_collection_finish():
    """Spare the garbage collector the modules and tests: a tenth of the time of the tests."""
    gc.collect()
    gc.freeze()
    gc.enable()


def depends_on_database(item):
    """Return whether a test may pass on one database only.

    The steps of a feature request the database as they run. The rules of features read files.
    """
    if FEATURES in item.path.parents:
        return item.path.name == "steps.py"
    return "databases" in item.fixturenames and not is_database_independent(item.path)


def is_database_independent(path):
    return any(path.is_relative_to(ROOT / name) for name in DATABASE_INDEPENDENT)


def pytest_report_header(config):
    source = config.stash[CHOSEN]
    own = source.name if source else "SQLite files"
    return f"database: {f'that of {ELSEWHERE}' if ELSEWHERE else own}"


@pytest.fixture(autouse=True)
def _each_outage_is_logged() -> None:
    """Let each test log an outage, which a process logs once a minute."""
    outages.forget()


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A directory that goes with the run."""
    with workplace() as directory:
        yield directory


@pytest.fixture(scope="session")
def databases(place, pytestconfig):
    """Makes migrated databases."""
    if ELSEWHERE:
        pytest.fail("this test takes the service of this process, and SERVICE_URL names another")
    source = pytestconfig.stash[CHOSEN]
    made = PostgreSQL(source.start(place), migrate) if source else SQLite(place, migrate)
    yield made
    made.close()


@pytest.fixture(scope="session")
def database_url(databases):
    return databases.clone()


@pytest.fixture(scope="session")
def application(database_url) -> Iterator[Flask]:
    """The app that all tests in this process share, since it is the same for each of them."""
    app = create_app({**TESTING, "SQLALCHEMY_DATABASE_URI": database_url})
    app.test_client_class = ContractClient
    yield app
    dispose(app)


@pytest.fixture
def app(application) -> Flask:
    """The app on an emptied database, with no context left open.

    A context held open here would be shared by all requests of the test, and
    with it the session: a commit that is missing would not be missed.
    """
    empty(application)
    return application


@pytest.fixture
def build(app, database_url):
    """Build an app with settings of its own, on the same database."""
    built = []

    def build_app(**settings: object) -> Flask:
        other = create_app({**TESTING, "SQLALCHEMY_DATABASE_URI": database_url, **settings})
        other.test_client_class = ContractClient
        built.append(other)
        return other

    yield build_app
    for other in built:
        dispose(other)


@pytest.fixture
def context(app):
    with app.app_context():
        yield


@pytest.fixture
def local_service(app) -> LocalService:
    """Where people come to; features have one that stands elsewhere."""
    return LocalService(app)


@pytest.fixture
def client(local_service):
    return local_service.client


@pytest.fixture
def user(local_service):
    """Save an account of that name: ``user("Ada", role="admin", status="suspended")``."""
    return local_service.save


@pytest.fixture
def person(local_service):
    """Save an account, and return the person it belongs to, with a token."""
    return local_service.person


@pytest.fixture
def administrator(person) -> Person:
    return person("Root", role="admin")


@pytest.fixture
def anyone(client) -> Person:
    """Someone who has not logged in."""
    return anonymous(client)


@pytest.fixture
def recorded(app):
    """The names of the events the audit trail holds, oldest first."""

    def events() -> list[str]:
        with app.app_context():
            return list(db.session.scalars(select(AuditEvent.event).order_by(AuditEvent.id)))

    return events


@pytest.fixture
def move_clock(monkeypatch):
    """Return a function that moves the clock of the service forward, for example by ``days=1``."""

    def move(**duration):
        now = clock.now() + timedelta(**duration)
        monkeypatch.setattr(clock, "now", lambda: now)

    return move
