"""API keys of service accounts over HTTP."""

import pytest

from tests.api_keys.support import as_program, save_service_account

UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2fff"
BODY = {"name": "Robot", "scopes": ["users:read"]}


@pytest.fixture
def clerk_role(ada):
    role = {"name": "clerk", "description": "Clerks", "permissions": ["users:read"]}
    ada.post("/api/roles", role)


@pytest.fixture
def path(app, clerk_role):
    return f"/api/service-accounts/{save_service_account(app, role='clerk')}/api-keys"


@pytest.fixture
def keeper(ada, person):
    """A user who may manage service accounts, but has no other permissions."""
    permissions = ["service_accounts:read", "service_accounts:write"]
    role = {"name": "keeper", "description": "Keepers", "permissions": permissions}
    ada.post("/api/roles", role)
    return person("Kay", role="keeper")


def test_a_key_works_until_it_is_revoked(client, ada, path):
    made = ada.post(path, BODY).json
    program = as_program(client, made["key"])
    program.get("/api/users")

    ada.delete(f"{path}/{made['id']}")

    program.get("/api/users", expecting=401)


def test_a_key_need_not_expire(ada, path):
    assert ada.post(path, BODY).json["expires_at"] is None
    far = ada.post(path, {**BODY, "expires_at": "2099-01-01T00:00:00Z"}).json
    assert far["expires_at"].startswith("2099-01-01")


def test_a_key_for_as_long_as_time_goes_can_be_rotated(ada, path):
    made = ada.post(path, {**BODY, "expires_at": "9999-12-31T23:59:59.999999Z"}).json

    new = ada.post(f"{path}/{made['id']}/rotate", {"overlap_seconds": 0}).json

    assert new["expires_at"].startswith("9999-12-31")
    assert ada.post(f"{path}/{new['id']}/rotate", {"overlap_seconds": 0}).json["expires_at"]


def test_a_list_has_no_key(ada, path):
    made = ada.post(path, BODY).json

    [listed] = ada.get(path).json["items"]

    assert listed["id"] == made["id"]
    assert made["key"] not in str(listed)


def test_a_key_is_rotated_once(client, ada, path):
    made = ada.post(path, BODY).json
    rotation = f"{path}/{made['id']}/rotate"

    new = ada.post(rotation, {"overlap_seconds": 0}).json

    as_program(client, new["key"]).get("/api/users")
    as_program(client, made["key"]).get("/api/users", expecting=401)
    assert ada.post(rotation, {}, expecting=409).json["error"] == "api_key_rotated"


def test_A_07_all_permissions_of_the_account_are_needed(ada, path, keeper):
    made = ada.post(path, BODY).json
    single = f"{path}/{made['id']}"

    for answer in (
        keeper.post(path, {"name": "x", "scopes": []}, expecting=403),
        keeper.post(f"{single}/rotate", {}, expecting=403),
        keeper.delete(single, expecting=403),
    ):
        assert answer.json["permission"] == "users:read"


def test_A_07_all_permissions_of_the_scopes_are_needed(app, ada, keeper):
    path = f"/api/service-accounts/{save_service_account(app)}/api-keys"
    made = ada.post(path, BODY).json

    assert keeper.post(path, BODY, expecting=403).json["permission"] == "users:read"
    rotation = keeper.post(f"{path}/{made['id']}/rotate", {}, expecting=403)
    assert rotation.json["permission"] == "users:read"
    keeper.post(path, {"name": "x", "scopes": []})


def test_K_02_keys_of_other_owners_are_not_found(app, ada, path, create):
    other = save_service_account(app, "Other")
    own, made = create()["id"], ada.post(path, BODY).json["id"]

    for key, place in ((own, path), (made, f"/api/service-accounts/{other}/api-keys")):
        assert ada.delete(f"{place}/{key}", expecting=404).json["error"] == "api_key_not_found"
        ada.post(f"{place}/{key}/rotate", {}, expecting=404)
    ada.delete(f"/api/me/api-keys/{made}", expecting=404)
    ada.delete(f"/api/users/{ada.id}/api-keys/{made}", expecting=404)


def test_an_unknown_account_is_not_found(ada):
    path = f"/api/service-accounts/{UNKNOWN}/api-keys"

    for answer in (ada.get(path, expecting=404), ada.post(path, BODY, expecting=404)):
        assert answer.json["error"] == "service_account_not_found"


def test_K_03_a_program_cannot_create_or_rotate_keys(client, ada, path, create):
    made = ada.post(path, BODY).json
    writer = as_program(client, create(scopes=["service_accounts:write", "users:read"])["key"])

    for place, body in ((path, BODY), (f"{path}/{made['id']}/rotate", {})):
        assert writer.post(place, body, expecting=403).json["error"] == "session_required"
    writer.delete(f"{path}/{made['id']}")


def test_K_03_a_service_account_cannot_revoke_its_keys(app, client, ada):
    role = {"name": "own", "description": "Own", "permissions": ["service_accounts:write"]}
    ada.post("/api/roles", role)
    path = f"/api/service-accounts/{save_service_account(app, role='own')}/api-keys"
    made = ada.post(path, {"name": "x", "scopes": ["service_accounts:write"]}).json
    robot = as_program(client, made["key"])

    answer = robot.delete(f"{path}/{made['id']}", expecting=403)

    assert answer.json["error"] == "session_required"
