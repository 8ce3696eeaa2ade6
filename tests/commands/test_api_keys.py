"""`rollbook api-keys`."""

import json

import pytest

from tests.api_keys.support import as_program, save_service_account
from tests.commands.conftest import last_line

UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"


@pytest.fixture
def keys(rollbook):
    """Run a sub-command of `rollbook api-keys`."""
    return lambda *arguments: rollbook("api-keys", *arguments)


def find_key(done):
    return next(line for line in done.output.splitlines() if line.startswith("rb_live_"))


def list_keys(keys, *owner):
    return json.loads(keys("list", *owner, "--json").output)


@pytest.mark.parametrize("flag", [(), ("--service-account",)])
def test_a_key_is_created_listed_rotated_and_revoked(app, keys, user, client, recorded, flag):
    if flag:
        save_service_account(app, "ada")
    else:
        user("ada", role="admin")
    given = ("--scope", "users:read", "--network", "127.0.0.1", "--requests-per-minute", "5")

    key = find_key(keys("create", "ada", "Nightly report", *flag, *given))

    as_program(client, key).get("/api/protected")
    [listed] = list_keys(keys, "ada", *flag)
    assert (listed["name"], listed["scopes"]) == ("Nightly report", ["users:read"])
    assert (listed["allowed_networks"], listed["created_by"]) == (["127.0.0.1/32"], None)
    new = find_key(keys("rotate", "ada", listed["id"], "--overlap-seconds", "0", *flag))
    as_program(client, key).get("/api/protected", expecting=401)
    as_program(client, new).get("/api/protected")
    for each in list_keys(keys, "ada", *flag):
        done = keys("revoke", "ada", each["id"], *flag)
        assert last_line(done) == f"Revoked the API key {each['id']} of ada."
    header, *lines = keys("list", "ada", *flag).output.splitlines()
    assert header.split()[:3] == ["ID", "HINT", "NAME"]
    assert lines == []
    assert [name for name in recorded() if name != "api_key.network_new"] == [
        "api_key.created",
        "api_key.rotated",
        "api_key.revoked",
        "api_key.revoked",
    ]


def test_a_key_of_a_user_has_to_expire(keys, user):
    user("ada")
    keys("create", "ada", "x", "--expires-at", "2026-12-31T00:00:00Z")

    [listed] = list_keys(keys, "ada")

    assert listed["expires_at"].startswith("2026-12-31")
    assert keys("create", "ada", "x", "--expires-at", "2099-12-31T00:00:00Z").exit_code == 1


def test_errors_are_one_line(keys, user):
    user("ada")

    assert keys("list", "nobody").exit_code == 1
    assert keys("revoke", "ada", UNKNOWN).exit_code == 1
    assert keys("rotate", "ada", UNKNOWN, "--overlap-seconds", "9999999").exit_code == 1
    assert keys("create", "ada", "x", "--scope", "moons:read").exit_code != 0
    none = keys("create", "ada", "x", "--requests-per-minute", "0")
    assert (none.exit_code, "requests_per_minute must be 1 or more" in none.output) == (1, True)
    inside = keys("create", "ada", "x", "--network", "10.0.0.1/8")
    assert "must be a network such as 10.0.0.0/8, without bits of a host" in inside.output
    assert keys("list", "nothing", "--service-account").exit_code == 1
