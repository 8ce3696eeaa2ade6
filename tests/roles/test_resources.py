"""The endpoints of roles: status, headers, members and permissions."""

import pytest

from api.core.permissions import Permission

SUPPORT = {"name": "support", "description": "Help users.", "permissions": ["users:read"]}
MEMBERS = {"name", "description", "permissions", "built_in", "created_at", "updated_at"}


def test_a_new_role_can_be_read_and_listed(administrator):
    created = administrator.post("/api/roles", SUPPORT)

    assert created.headers["Location"] == "http://127.0.0.1:8000/api/roles/support"
    assert created.json.keys() == MEMBERS
    assert {name: created.json[name] for name in SUPPORT} == SUPPORT
    assert administrator.get("/api/roles/support").json == created.json
    listed = administrator.get("/api/roles").json["items"]
    assert [role["name"] for role in listed] == ["admin", "support", "user"]


def test_a_role_is_changed_and_deleted(administrator):
    administrator.post("/api/roles", SUPPORT)

    changed = administrator.patch("/api/roles/support", {"permissions": ["audit:read"]}).json

    assert changed["permissions"] == ["audit:read"]
    assert administrator.get("/api/roles/support").json == changed
    administrator.delete("/api/roles/support")
    administrator.get("/api/roles/support", expecting=404)


def test_every_permission_is_listed_with_a_description(administrator):
    items = administrator.get("/api/permissions").json["items"]

    assert [item["name"] for item in items] == list(Permission)
    assert all(item["description"] for item in items)


@pytest.mark.parametrize(
    ("body", "pointer", "rule"),
    [
        ({"name": "Support"}, "/name", "pattern"),
        ({"name": "s" * 65}, "/name", "max_length"),
        ({"name": ""}, "/name", "min_length"),
        ({"permissions": ["moon:fly"]}, "/permissions/0", "enum"),
        ({"permissions": ["*"]}, "/permissions/0", "enum"),
        ({"permissions": ["users:read"] * 2}, "/permissions", "unique_items"),
        ({"permissions": "users:read"}, "/permissions", "type"),
        ({"description": "\x00"}, "/description", "pattern"),
        ({"description": None}, "/description", "type"),
        ({"built_in": True}, "/built_in", "additional_properties"),
    ],
)
def test_a_role_that_is_not_valid_is_rejected(administrator, body, pointer, rule):
    problem = administrator.post("/api/roles", {**SUPPORT, **body}, expecting=422).json

    assert (pointer, rule) in [(error["pointer"], error["rule"]) for error in problem["errors"]]


@pytest.mark.parametrize("name", ["Admin", "%00", "a%00", "a b", "a" * 65, "ä", "-"])
def test_a_name_that_no_role_can_have_is_not_found(administrator, name):
    administrator.get(f"/api/roles/{name}", expecting=404)
    administrator.put(f"/api/users/{administrator.id}/roles/{name}", None, expecting=404)


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", "/api/permissions", "roles:read"),
        ("GET", "/api/roles", "roles:read"),
        ("POST", "/api/roles", "roles:write"),
        ("GET", "/api/roles/user", "roles:read"),
        ("PATCH", "/api/roles/user", "roles:write"),
        ("DELETE", "/api/roles/user", "roles:write"),
        ("PUT", "/api/users/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10/roles/admin", "roles:write"),
        ("DELETE", "/api/users/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10/roles/admin", "roles:write"),
    ],
)
def test_A_03_managing_roles_requires_a_permission(person, method, path, permission):
    body = {"POST": SUPPORT, "PATCH": {}}.get(method)

    problem = person("Ada").ask(method, path, json=body, expecting=403).json

    assert (problem["error"], problem["permission"]) == ("permission_denied", permission)
