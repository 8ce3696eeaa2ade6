"""The endpoints of service accounts: statuses, headers, members and permissions."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from api.core import clock
from api.core.permissions import Permission
from tests.api_keys.support import as_program, save_key, save_service_account

NAME = "Nightly sync"
ACCOUNTS = "/api/service-accounts"
UNKNOWN = f"{ACCOUNTS}/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f17"
SECRET = {"kind": "client_secret", "name": "Secret of 2026"}
KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
PUBLIC_KEY = {"kind": "public_key", "name": "Key of 2026", "public_key": KEY}
MEMBERS = {
    "id",
    "name",
    "description",
    "roles",
    "status",
    "status_reason",
    "created_by",
    "created_at",
    "updated_at",
}
CREDENTIAL_MEMBERS = {
    "id",
    "kind",
    "name",
    "last4",
    "created_by",
    "created_at",
    "expires_at",
    "last_used_at",
}


@pytest.fixture
def account(administrator):
    """The path of a new service account."""
    return f"{ACCOUNTS}/{administrator.post(ACCOUNTS, {'name': NAME}).json['id']}"


@pytest.fixture
def clerk(person, administrator):
    """A user who manages service accounts, and nothing else."""
    permissions = ["service_accounts:read", "service_accounts:write"]
    administrator.post("/api/roles", {"name": "clerk", "permissions": permissions})
    return person("Clerk", role="clerk")


def test_a_new_account_can_be_read_and_listed(administrator):
    created = administrator.post(ACCOUNTS, {"name": NAME, "roles": ["admin"]})

    path = f"{ACCOUNTS}/{created.json['id']}"
    assert created.headers["Location"] == f"http://127.0.0.1:8000{path}"
    assert created.headers["ETag"] == '"1"'
    assert created.json.keys() == MEMBERS
    assert created.json["created_by"] == administrator.id
    assert (created.json["roles"], created.json["description"]) == (["admin"], "")
    assert administrator.get(path).json == created.json
    assert administrator.get(ACCOUNTS).json == {"items": [created.json], "next": None}


def test_a_repeated_request_creates_one_account(administrator):
    headers = {"Idempotency-Key": '"once"'}
    first, second = (
        administrator.post(ACCOUNTS, {"name": NAME}, headers=headers) for _ in range(2)
    )
    assert first.json == second.json
    assert len(administrator.get(ACCOUNTS).json["items"]) == 1


def test_C_03_each_change_has_a_new_etag(administrator, account):
    stale = {"If-Match": '"1"'}
    role = f"{account}/roles/admin"

    changed = administrator.patch(account, {"description": "Copies."}, headers=stale)
    assert changed.headers["ETag"] == '"2"'
    administrator.patch(account, {"name": "Other"}, headers=stale, expecting=412)
    administrator.put(role, None, headers=stale, expecting=412)
    administrator.put(role, None, headers={"If-Match": '"2"'}, expecting=204)
    assert administrator.get(account).headers["ETag"] == '"3"'
    administrator.delete(role, headers=stale, expecting=412)
    administrator.delete(role)
    administrator.delete(account, headers=stale, expecting=412)
    administrator.delete(account, headers={"If-Match": '"4"'})
    administrator.get(account, expecting=404)
    current = {"If-None-Match": '"1"'}
    other = administrator.post(ACCOUNTS, {"name": NAME}).json["id"]
    administrator.get(f"{ACCOUNTS}/{other}", headers=current, expecting=304)


def test_the_pages_of_the_list_are_linked(administrator):
    for number in range(3):
        administrator.post(ACCOUNTS, {"name": f"Account {number}"})

    page = administrator.get(f"{ACCOUNTS}?limit=2&q=account&sort=created_at")
    assert 'rel="next"' in page.headers["Link"]
    query = f"limit=2&q=account&sort=created_at&cursor={page.json['next']}"
    last = administrator.get(f"{ACCOUNTS}?{query}").json
    names = [each["name"] for each in [*page.json["items"], *last["items"]]]
    assert names == ["Account 0", "Account 1", "Account 2"]


def test_K_01_the_response_that_creates_a_secret_is_the_only_one_with_it(administrator, account):
    response = administrator.post(f"{account}/credentials", SECRET)
    created, path = response.json, f"{account}/credentials/{response.json['id']}"
    assert response.headers["Location"] == f"http://127.0.0.1:8000{path}"
    assert created.keys() == CREDENTIAL_MEMBERS | {"client_id", "client_secret"}
    assert created["client_id"] == account.rpartition("/")[2]

    listed = administrator.get(f"{account}/credentials")
    assert created["client_secret"] not in listed.text
    (credential,) = listed.json["items"]
    assert credential == {name: created[name] for name in CREDENTIAL_MEMBERS}
    assert administrator.get(path).json == credential


def test_a_public_key_is_stored_and_deleted(administrator, account):
    created = administrator.post(f"{account}/credentials", PUBLIC_KEY).json
    assert created.keys() == CREDENTIAL_MEMBERS | {"client_id", "public_key"}
    assert (created["public_key"], created["last4"]) == (KEY, None)
    administrator.delete(f"{account}/credentials/{created['id']}")
    administrator.delete(f"{account}/credentials/{created['id']}", expecting=404)
    assert administrator.get(f"{account}/credentials").json == {"items": []}


def test_K_03_a_credential_needs_a_recent_password(administrator, account, monkeypatch):
    later = clock.now() + timedelta(seconds=700)
    monkeypatch.setattr(clock, "now", lambda: later)

    problem = administrator.post(f"{account}/credentials", SECRET, expecting=401).json
    assert (problem["error"], problem["max_age"]) == ("insufficient_user_authentication", 600)


@pytest.mark.parametrize(
    ("body", "pointer", "rule"),
    [
        ({"name": ""}, "/name", "min_length"),
        ({"name": "x" * 81}, "/name", "max_length"),
        ({"name": "a\u200bb"}, "/name", "format"),
        ({"name": " "}, "/name", "format"),
        ({"name": None}, "/name", "type"),
        ({"description": "\x00"}, "/description", "pattern"),
        ({"roles": ["nope"]}, "/roles/0", "role"),
        ({"roles": [f"r{n}" for n in range(21)]}, "/roles", "max_items"),
        ({"id": "x"}, "/id", "additional_properties"),
        ({"status": "active"}, "/status", "additional_properties"),
        ({"created_by": None}, "/created_by", "additional_properties"),
    ],
)
def test_an_account_that_is_not_valid_is_rejected(administrator, body, pointer, rule):
    problem = administrator.post(ACCOUNTS, {"name": NAME, **body}, expecting=422).json
    assert (pointer, rule) in [(error["pointer"], error["rule"]) for error in problem["errors"]]


def test_an_account_is_not_created_with_the_role_of_users(administrator):
    body = {"name": NAME, "roles": ["user"]}
    assert administrator.post(ACCOUNTS, body, expecting=409).json["error"] == "role_built_in"
    assert administrator.get(ACCOUNTS).json["items"] == []


@pytest.mark.parametrize(
    ("body", "pointer", "rule"),
    [
        ({"kind": "password"}, "/kind", "enum"),
        ({"name": ""}, "/name", "min_length"),
        ({"expires_at": "2000-01-01T00:00:00Z"}, "/expires_at", "past"),
        ({"expires_at": "tomorrow"}, "/expires_at", "format"),
        ({"client_secret": "mine"}, "/client_secret", "additional_properties"),
        ({"public_key": KEY}, "/public_key", "public_key"),
        ({**PUBLIC_KEY, "public_key": {**KEY, "d": "AQAB"}}, "/public_key/d", "public_key"),
        ({**PUBLIC_KEY, "public_key": {**KEY, "use": "enc"}}, "/public_key/use", "enum"),
        ({**PUBLIC_KEY, "public_key": {**KEY, "kty": "oct"}}, "/public_key/kty", "enum"),
        ({**PUBLIC_KEY, "public_key": {**KEY, "crv": "P-384"}}, "/public_key/crv", "enum"),
        ({**PUBLIC_KEY, "public_key": {**KEY, "x": "+/=="}}, "/public_key/x", "pattern"),
        ({**PUBLIC_KEY, "public_key": {"crv": "P-256"}}, "/public_key/kty", "required"),
        ({**PUBLIC_KEY, "public_key": None}, "/public_key", "type"),
        (
            {**PUBLIC_KEY, "public_key": {**KEY, "key_ops": ["sign"]}},
            "/public_key/key_ops/0",
            "enum",
        ),
    ],
)
def test_a_credential_that_is_not_valid_is_rejected(administrator, account, body, pointer, rule):
    problem = administrator.post(f"{account}/credentials", {**SECRET, **body}, expecting=422).json
    assert (pointer, rule) in [(error["pointer"], error["rule"]) for error in problem["errors"]]
    assert "AQAB" not in str(problem)


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", ACCOUNTS, "service_accounts:read"),
        ("POST", ACCOUNTS, "service_accounts:write"),
        ("GET", UNKNOWN, "service_accounts:read"),
        ("PATCH", UNKNOWN, "service_accounts:write"),
        ("DELETE", UNKNOWN, "service_accounts:write"),
        ("PUT", f"{UNKNOWN}/roles/admin", "roles:write"),
        ("DELETE", f"{UNKNOWN}/roles/admin", "roles:write"),
        ("GET", f"{UNKNOWN}/credentials", "service_accounts:read"),
        ("POST", f"{UNKNOWN}/credentials", "service_accounts:write"),
        ("GET", f"{UNKNOWN}/credentials/{UNKNOWN[-36:]}", "service_accounts:read"),
        ("DELETE", f"{UNKNOWN}/credentials/{UNKNOWN[-36:]}", "service_accounts:write"),
    ],
)
def test_A_03_managing_service_accounts_requires_a_permission(
    person, administrator, method, path, permission
):
    bodies = {f"POST {ACCOUNTS}": {"name": NAME}, f"POST {UNKNOWN}/credentials": SECRET}
    body = bodies.get(f"{method} {path}", {} if method == "PATCH" else None)

    problem = person("Ada").ask(method, path, json=body, expecting=403).json

    assert (problem["error"], problem["permission"]) == ("permission_denied", permission)
    if path != ACCOUNTS:
        administrator.ask(method, path, json=body, expecting=404)


def test_A_07_a_manager_cannot_touch_an_account_that_may_do_more(administrator, clerk, account):
    administrator.put(f"{account}/roles/admin", None, expecting=204)

    clerk.patch(account, {"status": "suspended"}, expecting=403)
    clerk.post(f"{account}/credentials", SECRET, expecting=403)
    clerk.delete(account, expecting=403)
    clerk.post(ACCOUNTS, {"name": "Other", "roles": ["admin"]}, expecting=403)
    clerk.delete(f"{ACCOUNTS}/{clerk.post(ACCOUNTS, {'name': 'Other'}).json['id']}")


def test_the_reason_of_a_suspension_is_recorded_and_not_logged(administrator, account, capfd):
    reason = "the canary is dead"
    changed = administrator.patch(account, {"status": "suspended", "status_reason": reason})
    assert changed.json["status_reason"] == reason

    page = administrator.get("/api/audit-events?action=service_account.suspended").json
    assert page["items"][0]["details"] == {"reason": reason}
    assert reason not in "".join(capfd.readouterr())


@pytest.fixture
def robot(app, client, administrator):
    """A service account with the role `admin`, as the caller with an API key of all permissions."""
    account_id = save_service_account(app, "Robot", role="admin")
    _, key = save_key(app, service_account_id=account_id, scopes=list(Permission))
    return replace(as_program(client, key), id=str(account_id))


def test_K_03_a_service_account_cannot_change_itself(robot, recorded):
    own = f"{ACCOUNTS}/{robot.id}"
    assert robot.get(own).json["name"] == "Robot"
    problems = [
        robot.patch(own, {"description": "Mine."}, expecting=403),
        robot.put(f"{own}/roles/admin", None, expecting=403),
        robot.delete(f"{own}/roles/admin", expecting=403),
        robot.post(f"{own}/credentials", SECRET, expecting=403),
        robot.delete(f"{own}/credentials/{robot.id}", expecting=403),
        robot.delete(own, expecting=403),
    ]
    assert {problem.json["error"] for problem in problems} == {"session_required"}
    assert set(recorded()) == {"api_key.network_new", "access.denied"}


def test_K_03_no_program_creates_credentials(robot, person, app, client, account):
    _, key = save_key(app, user_id=UUID(person("Hedy", role="admin").id), scopes=list(Permission))
    for program in (robot, as_program(client, key)):
        problem = program.post(f"{account}/credentials", SECRET, expecting=403).json
        assert problem["error"] == "session_required"


def test_K_03_a_suspension_and_a_lost_role_work_at_the_next_request(robot, administrator):
    own = f"{ACCOUNTS}/{robot.id}"
    administrator.patch(own, {"status": "suspended"})
    robot.get(ACCOUNTS, expecting=401)
    administrator.patch(own, {"status": "active"})
    robot.get(ACCOUNTS)
    administrator.delete(f"{own}/roles/admin")
    robot.get(ACCOUNTS, expecting=403)
    administrator.delete(own)
    robot.get(ACCOUNTS, expecting=401)


def test_A_07_a_key_of_an_administrator_manages_only_what_its_scopes_allow(
    administrator, app, client, account
):
    scopes = ["service_accounts:write"]
    _, key = save_key(app, user_id=UUID(administrator.id), scopes=scopes)
    program = as_program(client, key)
    program.patch(account, {"description": "Ours."})
    administrator.put(f"{account}/roles/admin", None, expecting=204)
    program.patch(account, {"description": "Mine."}, expecting=403)
    program.delete(account, expecting=403)
