"""Settings, fixtures and steps that all features share."""

from collections import Counter
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, then, when

from api.app import create_app
from features import remote
from features.errors import ERROR_CODES, get_error_codes
from features.personas import (
    can_log_in,
    has_session,
    log_in,
    make_newcomer,
    read_names,
    register,
)
from features.preconditions import (
    assign_role,
    create_role,
    delete_user,
    make_clock,
    suspend_user,
    update_user,
)
from tests.remote import Client
from tests.service import RAISED
from tests.support import TESTING, LocalService, dispose

PRODUCTION = {  # the rules of production that the test settings turn off
    "password_min_length": 12,
    "password_blocklist": True,
    "limits_enabled": True,
    **RAISED,
}
FIELDS = {"username": "username", "e-mail address": "email"}
MARKERS = {
    "local": "changes the settings, the database or the clock of the service; not run remotely",
    "administrator": "needs an administrator; run remotely if SERVICE_ADMIN_PASSWORD is set",
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
    return [f"deselected {number}: {reason}" for reason, number in reasons.items()]


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
    """Return the remote service, and delete the users of the scenario afterwards."""
    service = remote.RemoteService(*remote_access)
    yield service
    service.delete_users()


@pytest.fixture
def local_service(request):
    """Return the service that the scenario runs against."""
    if remote.URL:
        return request.getfixturevalue("remote_service")
    return LocalService(request.getfixturevalue("app"))


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


@given(parsers.re("(?P<names>.+) (?:has an account|have accounts)"))
def create_accounts(people, person, names):
    people.update({name: person(name) for name in read_names(names)})


@given(parsers.parse("{name:w} has a suspended account"))
def create_suspended_account(people, person, name):
    people[name] = person(name, status="suspended")


@given(parsers.parse("{name:w} is an administrator"))
def create_administrator(people, person, name):
    people[name] = person(name, role="admin")


@given(parsers.parse("{name:w} has no account"))
def introduce_newcomer(people, local_service, client, name):
    is_remote = isinstance(local_service, remote.RemoteService)
    people[name] = local_service.make_newcomer(name) if is_remote else make_newcomer(name, client)


@given(parsers.parse('{name:w} has the display name "{display_name}"'))
def set_display_name(app, people, name, display_name):
    update_user(app, people[name], {"display_name": display_name})


@given(parsers.parse("Root has suspended {name:w}"))
def suspend_account(app, people, name):
    suspend_user(app, people[name], by=people["Root"])


@given(parsers.parse("{name:w}'s account is deleted"))
def delete_account(app, people, name):
    delete_user(app, people[name])


@given(parsers.parse('the role "{role}" has the permissions "{permissions}"'))
@given(parsers.parse('the role "{role}" has the permission "{permissions}"'))
def define_role(app, role, permissions):
    create_role(app, role, permissions)


@given(parsers.parse('{name:w} has the role "{role}"'))
def give_role(app, people, name, role):
    assign_role(app, people[name], role)


@when(parsers.parse("{name:w} logs in"))
def send_login(people, responses, name):
    responses[name] = log_in(people[name])


@when(parsers.parse("{name:w} registers"))
def send_registration(people, responses, name):
    responses[name] = register(people[name])


@when(parsers.parse('{name:w} registers with the password "{password}"'))
def send_registration_with_password(people, responses, name, password):
    responses[name] = register(people[name], password=password)


@when(parsers.parse("{name:w} reads {other:w}'s account"))
def read_account(people, responses, name, other):
    responses[name] = people[name].get(f"/api/users/{people[other].id}", expecting=None)


@when(parsers.parse("{name:w} lists all users"))
def list_users(people, responses, name):
    responses[name] = people[name].get("/api/users", expecting=None)


@when(parsers.parse("{name:w} creates an account for {other:w}"))
def create_account_for(people, responses, name, other):
    user = people[other]
    body = {"username": user.username, "email": user.email, "password": user.password}
    responses[name] = people[name].post("/api/users", body, expecting=None)


@when(parsers.parse("{name:w} suspends {other:w}"))
def send_suspension(people, responses, name, other):
    path = f"/api/users/{people[other].id}"
    responses[name] = people[name].patch(path, {"status": "suspended"}, expecting=None)


@when(parsers.parse('{name:w} changes {other:w}\'s e-mail address to "{email}"'))
def change_email_address(people, responses, name, other, email):
    path = f"/api/users/{people[other].id}"
    responses[name] = people[name].patch(path, {"email": email}, expecting=None)


@when(parsers.parse("{name:w} deletes {other:w}'s account"))
def send_deletion(people, responses, name, other):
    responses[name] = people[name].delete(f"/api/users/{people[other].id}", expecting=None)


@when(parsers.re(r"(?P<name>\w+) deletes (?:her|his) own account"))
def delete_own_account(people, responses, name):
    responses[name] = people[name].delete("/api/me", expecting=None)


@then(parsers.re(r'(?P<who>[\w\' ]+) sees the error "(?P<error>.+)"'))
def check_error(responses, who, error):
    assert get_error_codes(responses[who]) == {ERROR_CODES[error]}


@then(parsers.parse("{name:w} can log in"))
def check_login(people, name):
    assert can_log_in(people[name])


@then(parsers.parse('{name:w} can log in with the password "{password}"'))
def check_login_with_password(people, name, password):
    assert can_log_in(people[name], password)


@then(
    parsers.re(r'(?P<name>\w+) can log in with the (?P<kind>username|e-mail address) "(?P<it>.+)"')
)
def check_login_with_identifier(people, name, kind, it):
    assert can_log_in(people[name], **{FIELDS[kind]: it})


@then(
    parsers.re(
        r'(?P<name>\w+) cannot log in with the (?P<kind>username|e-mail address) "(?P<it>.+)"'
    )
)
def check_no_login_with_identifier(people, name, kind, it):
    assert not can_log_in(people[name], **{FIELDS[kind]: it})


@then(parsers.parse('{name:w} cannot log in with the password "{password}"'))
def check_no_login_with_password(people, name, password):
    assert not can_log_in(people[name], password)


@then(parsers.parse("{name:w} cannot log in"))
@then(parsers.parse("{name:w} cannot log in with her old password"))
def check_no_login(people, name):
    """Try the username and the e-mail address: the account must exist under neither of them."""
    person = people[name]
    assert not can_log_in(person)
    assert not can_log_in(person, email=person.email)


@then(parsers.parse("{name:w}'s session has ended"))
def check_session_has_ended(people, name):
    assert not has_session(people[name])


@then(parsers.parse("Root sees no account of {name:w}"))
def check_account_is_gone(people, name):
    root, user = people["Root"], people[name]
    response = root.get(f"/api/users/{user.id}", expecting=None)
    assert get_error_codes(response) == {ERROR_CODES["the user does not exist"]}
    page = root.get("/api/users", query_string={"q": user.email}).json
    assert page["items"] == []
