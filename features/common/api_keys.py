"""Steps about the API keys of service accounts, and what steps about API keys share."""

from dataclasses import replace

import pytest
from pytest_bdd import given, parsers, then, when

from features.errors import ERROR_CODES, get_error_codes

OWN = "/api/me/api-keys"


@pytest.fixture
def keys():
    """Return the API keys of the scenario as they were created, by name."""
    return {}


def create_key(person, name, path=OWN, expecting=None, **members):
    return person.post(path, {"name": name, "scopes": [], **members}, expecting=expecting)


def make_program(person, key):
    """Return the program that sends a key."""
    return replace(person, token=key["key"], refresh_token=None)


def list_names(person, path=OWN):
    return [key["name"] for key in person.get(path).json["items"]]


@given(parsers.re(r'Root has created an API key for "(?P<account>[^"]+)"'))
def have_key_of_account(people, service_accounts, keys, account):
    send_creation_for_account(people, service_accounts, keys, account, "users:read")


@given(
    parsers.parse('Root has created an API key for "{account}" with the permission "{permission}"')
)
def have_key_of_account_with_permission(people, service_accounts, keys, account, permission):
    send_creation_for_account(people, service_accounts, keys, account, permission)


@given(parsers.parse('Root has created an API key for "{account}" that never expires'))
def have_eternal_key(people, service_accounts, keys, account):
    path = f"/api/service-accounts/{service_accounts[account]}/api-keys"
    scopes = ["users:read"]
    made = create_key(people["Root"], "Sync", path, expecting=201, scopes=scopes, expires_at=None)
    keys["program"] = made.json


@given("Root has suspended the service account of the API key")
def have_suspended_account(people, service_accounts):
    [account_id] = service_accounts.values()
    changes = {"status": "suspended", "status_reason": "a leaked secret"}
    people["Root"].patch(f"/api/service-accounts/{account_id}", changes)


@when(parsers.re("the program lists the (?P<what>users|roles) with its API key"))
def list_with_key_of_account(people, responses, keys, what):
    program = make_program(people["Root"], keys["program"])
    responses["the program"] = program.get(f"/api/{what}", expecting=None)


@when(parsers.parse('Root creates an API key for "{account}" with the permission "{permission}"'))
def send_creation_for_account(people, service_accounts, keys, account, permission):
    path = f"/api/service-accounts/{service_accounts[account]}/api-keys"
    made = create_key(people["Root"], "Sync", path, expecting=201, scopes=[permission])
    keys["program"] = made.json


@when(parsers.parse('Root rotates the API key of "{account}"'))
def send_rotation_for_account(people, service_accounts, keys, account):
    path = f"/api/service-accounts/{service_accounts[account]}/api-keys/{keys['program']['id']}"
    keys["new"] = people["Root"].post(f"{path}/rotate", {}, expecting=201).json


@when(parsers.parse('Root revokes the API key of "{account}"'))
def send_revocation_for_account(people, service_accounts, keys, account):
    path = f"/api/service-accounts/{service_accounts[account]}/api-keys"
    people["Root"].delete(f"{path}/{keys['program']['id']}")


@then(parsers.parse('"{account}" has no API key'))
def check_no_key_of_account(people, service_accounts, account):
    path = f"/api/service-accounts/{service_accounts[account]}/api-keys"
    assert list_names(people["Root"], path) == []


@then("the program can list users")
def check_program(people, keys):
    response = make_program(people["Root"], keys["program"]).get("/api/users", expecting=None)
    assert response.status_code == 200


@then("the program can list users with the former and the new API key")
def check_program_with_both(people, keys):
    for name in ("program", "new"):
        response = make_program(people["Root"], keys[name]).get("/api/users", expecting=None)
        assert response.status_code == 200


@then("the program cannot list users")
def check_no_program(people, keys):
    response = make_program(people["Root"], keys["program"]).get("/api/users", expecting=None)
    assert get_error_codes(response) == {ERROR_CODES["a login is required"]}
