"""The vocabulary that features share: who is there, what they may do, and what they are told."""

from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest
from pytest_bdd import given, parsers, then, when

from api.app import create_app
from api.core.database import transaction
from api.core.permissions import Permission
from api.users import service as users
from features import elsewhere
from features.people import (
    REFUSALS,
    api_errors,
    is_let_in,
    log_in,
    named,
    newcomer,
    register,
)
from tests.remote import Client
from tests.service import RAISED
from tests.support import TESTING, LocalService, dispose, make_principal

PRODUCTION = {  # the rules that people meet, which the testing profile leaves out
    "password_min_length": 12,
    "password_blocklist": True,
    "limits_enabled": True,
    **RAISED,
}
STEWARD = make_principal(UUID(int=0), frozenset(Permission))  # by whom things are as they are given
MARKERS = {
    "inside": "takes the service in hand, so that it has to run in this process",
    "administered": "needs an administrator",
}
LEFT = pytest.StashKey[list[pytest.Item]]()


def pytest_configure(config):
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_collection_modifyitems(config, items):
    """Leave out what a service elsewhere cannot be asked."""
    features = [item for item in items if Path(__file__).parent in item.path.parents]
    left = [item for item in features if elsewhere.why_not(item)] if elsewhere.URL else []
    config.stash[LEFT] = left
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def pytest_report_collectionfinish(config):
    reasons = Counter(elsewhere.why_not(item) for item in config.stash[LEFT])
    return [f"deselected {number}: {reason}" for reason, number in reasons.items()]


@pytest.fixture(scope="session")
def application(database_url):
    """The app of all features, with the rules of production and the cheap hashes of tests."""
    app = create_app({**TESTING, **PRODUCTION, "SQLALCHEMY_DATABASE_URI": database_url})
    yield app
    dispose(app)


@pytest.fixture
def build_strict(build):
    """Build an app with settings of its own, and otherwise the rules of production."""
    return lambda **settings: build(**{**PRODUCTION, **settings})


@pytest.fixture(scope="session")
def front_door():
    """The way into a service elsewhere, with its administrator."""
    client = Client(elsewhere.URL)
    yield client, elsewhere.administrator(client)
    client.close()


@pytest.fixture
def remote_service(front_door):
    visitors = elsewhere.Elsewhere(*front_door)
    yield visitors
    visitors.leave()


@pytest.fixture
def local_service(request):
    if elsewhere.URL:
        return request.getfixturevalue("remote_service")
    return LocalService(request.getfixturevalue("app"))


@pytest.fixture
def people():
    """Everyone a scenario has spoken of, by name."""
    return {}


@given(parsers.re("(?P<names>.+) (?:has an account|have accounts)"), target_fixture="people")
def have_accounts(people, person, names):
    return people | {name: person(name) for name in named(names)}


@given(parsers.parse("{name:w} is suspended"), target_fixture="people")
def is_suspended(people, person, name):
    return people | {name: person(name, status="suspended")}


@given(parsers.parse("{name:w} is an administrator"), target_fixture="people")
def is_administrator(people, person, name):
    return people | {name: person(name, role="admin")}


@given(parsers.parse("{name:w} has no account yet"), target_fixture="people")
def has_no_account(people, local_service, client, name):
    known = local_service.newcomer(name) if elsewhere.URL else newcomer(name, client)
    return people | {name: known}


@given(parsers.parse('{name:w} goes by the display name "{display_name}"'))
def goes_by(app, people, name, display_name):
    with app.app_context(), transaction():
        users.update(UUID(people[name].id), {"display_name": display_name}, by=STEWARD)


@given(parsers.parse("Root has suspended {name:w}"))
def has_been_suspended(app, people, name):
    with app.app_context(), transaction():
        users.update(UUID(people[name].id), {"status": "suspended"}, by=STEWARD)


@given(parsers.parse('Root has suspended {name:w} because "{reason}"'))
def has_been_suspended_because(app, people, name, reason):
    changes = {"status": "suspended", "status_reason": reason}
    with app.app_context(), transaction():
        users.update(UUID(people[name].id), changes, by=STEWARD)


@given(parsers.parse("{name:w}'s account has been deleted"))
def has_been_deleted(app, people, name):
    with app.app_context(), transaction():
        users.delete(UUID(people[name].id), by=STEWARD)


@when(parsers.parse("{name:w} logs in"), target_fixture="answer")
def logs_in(people, name):
    return log_in(people[name])


@when(parsers.parse("{name:w} registers"), target_fixture="answer")
def registers(people, name):
    return register(people[name])


@when(parsers.parse('{name:w} registers with the password "{password}"'), target_fixture="answer")
def registers_with_password(people, name, password):
    return register(people[name], password=password)


@when(parsers.parse("{name:w} reads {other:w}'s account"), target_fixture="answer")
def reads_account(people, name, other):
    return people[name].get(f"/api/users/{people[other].id}", expecting=None)


@when(parsers.parse("{name:w} lists the people"), target_fixture="answer")
def lists_people(people, name):
    return people[name].get("/api/users", expecting=None)


@when(parsers.parse("{name:w} opens an account for {other:w}"), target_fixture="answer")
def opens_account(people, name, other):
    who = people[other]
    body = {"username": who.username, "email": who.email, "password": who.password}
    return people[name].post("/api/users", body, expecting=None)


@then(parsers.parse("{someone:w} is told that {reason}"))
@then(parsers.parse("{someone:w} are told that {reason}"))
def is_told(answer, reason):
    assert REFUSALS[reason] in api_errors(answer)


@then(parsers.parse("{name:w} can log in"))
def can_log_in(people, name):
    assert is_let_in(people[name])


@then(parsers.parse('{name:w} can log in with "{password}"'))
def can_log_in_with(people, name, password):
    assert is_let_in(people[name], password)


@then(parsers.parse('{name:w} cannot log in with "{password}"'))
def cannot_log_in_with(people, name, password):
    assert not is_let_in(people[name], password)


@then(parsers.parse("{name:w} cannot log in"))
@then(parsers.parse("{name:w} cannot log in with her old password"))
def cannot_log_in(people, name):
    assert not is_let_in(people[name])


@then(parsers.parse("{name:w} has to log in again"))
def has_to_log_in(people, name):
    answer = people[name].get("/api/me", expecting=None)
    assert REFUSALS["she has to log in"] in api_errors(answer)
