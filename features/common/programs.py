"""Steps about programs, with their client credentials, access tokens and API keys."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_bdd import given, parsers, then, when

from api.core import clock
from features.errors import ERROR_CODES, get_error_codes
from tests.support import anonymous

ACCOUNTS = "/api/service-accounts"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECRET = {"kind": "client_secret", "name": "Secret of 2026"}


@dataclass
class Program:
    """A program with what it proves its identity with, and the access token that it has got."""

    id: str
    secret: str = ""
    second_secret: str = ""
    credential_id: str = ""  # of the first secret
    private_key: Any = None
    issuer: str = ""
    assertion: str = ""
    access_token: str = ""
    api_key: str = ""

    @property
    def members(self) -> dict[str, str]:
        return {"client_id": self.id, "client_secret": self.secret}


@pytest.fixture
def programs():
    """Return the programs of the scenario, by the name of the service account."""
    return {}


@pytest.fixture
def server(preconditions):
    """Return the service that programs ask; a step can replace it."""
    return {"service": anonymous(preconditions.client)}


@pytest.fixture
def ask(server, responses):
    """Return a function that sends a form, and stores the response."""

    def send(path, **members):
        service = server["service"]
        response = service.post(path, data=urlencode(members), headers=FORM, expecting=None)
        responses["the program"] = response
        return response

    return send


@pytest.fixture
def request_token(ask):
    return lambda **members: ask("/oauth/token", grant_type="client_credentials", **members)


@pytest.fixture
def list_users(server):
    """Return a function that lists users with an access token or an API key."""

    def ask_for_users(token):
        headers = {"Authorization": f"Bearer {token}"}
        return server["service"].get("/api/users", headers=headers, expecting=None)

    return ask_for_users


@pytest.fixture
def create_secret(people, service_accounts):
    """Return a function that gives a service account a client secret."""

    def create(name, **members):
        path = f"{ACCOUNTS}/{service_accounts[name]}/credentials"
        return people["Root"].post(path, {**SECRET, **members}, expecting=201).json

    return create


@given(parsers.parse('the program "{name}" has a client secret'))
def have_secret(create_secret, service_accounts, programs, name):
    made = create_secret(name)
    programs[name] = Program(
        service_accounts[name], secret=made["client_secret"], credential_id=made["id"]
    )


@given(parsers.parse('the program "{name}" has a client secret for {number:d} minutes'))
def have_secret_for_minutes(create_secret, service_accounts, programs, name, number):
    expires_at = (clock.now() + timedelta(minutes=number)).isoformat()
    secret = create_secret(name, expires_at=expires_at)["client_secret"]
    programs[name] = Program(service_accounts[name], secret=secret)


@given(parsers.parse('the program "{name}" has a second client secret'))
def have_second_secret(create_secret, programs, name):
    programs[name].second_secret = create_secret(name)["client_secret"]


@given(parsers.parse('the program "{name}" has an access token'))
def have_token(request_token, programs, name):
    response = request_token(**programs[name].members)
    programs[name].access_token = response.json["access_token"]


@given(parsers.parse('the program "{name}" has an API key'))
def have_api_key(people, programs, name):
    path = f"{ACCOUNTS}/{programs[name].id}/api-keys"
    body = {"name": "Sync", "scopes": ["users:read"]}
    programs[name].api_key = people["Root"].post(path, body, expecting=201).json["key"]


@when(parsers.parse('the program "{name}" lists users'))
def list_all_users(list_users, programs, responses, name):
    responses["the program"] = list_users(programs[name].access_token)


@then(parsers.parse('the program "{name}" can list users with its access token and its API key'))
def check_access(list_users, programs, name):
    program = programs[name]
    statuses = [list_users(each).status_code for each in (program.access_token, program.api_key)]
    assert statuses == [200, 200]


@then(parsers.parse('the program "{name}" cannot list users with its access token or its API key'))
def check_no_access(list_users, programs, name):
    for each in (programs[name].access_token, programs[name].api_key):
        assert get_error_codes(list_users(each)) == {ERROR_CODES["a login is required"]}


@then(parsers.parse('the program "{name}" gets no access token for its first client secret'))
def check_no_token(request_token, programs, name):
    response = request_token(**programs[name].members)
    assert get_error_codes(response) == {ERROR_CODES["the client authentication failed"]}
