"""What is HTTP about users: status, headers, shapes, and who may."""

import pytest

PROFILE = {
    "id", "username", "email", "display_name", "roles", "status", "status_reason",
    "user_metadata", "app_metadata", "created_at", "updated_at", "deleted_at",
}  # fmt: skip
NOBODY = "/api/users/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
GRACE = {"username": "grace", "email": "grace@example.org", "password": "a foot of copper wire"}
ALL_OF_HER = {
    "username": "grace",
    "email": "grace@example.org",
    "display_name": None,
    "status": "active",
    "user_metadata": {"theme": "dark"},
    "app_metadata": {"plan": "free"},
}


def test_my_own_account(person):
    ada = person("Ada")

    account = ada.get("/api/me").json

    assert account.keys() == PROFILE
    assert (account["id"], account["username"]) == (ada.id, "Ada")
    assert account["created_at"].endswith("Z")


def test_changing_my_own_account(person):
    ada = person("Ada")

    changed = ada.patch("/api/me", {"display_name": "Ada King", "username": "lovelace"}).json

    assert (changed["display_name"], changed["username"]) == ("Ada King", "lovelace")
    assert ada.get("/api/me").json == changed


@pytest.mark.parametrize(
    "member",
    [
        "role",
        "roles",
        "status",
        "status_reason",
        "app_metadata",
        "version",
        "deleted_at",
        "email",
        "id",
    ],
)
def test_A_04_only_what_is_mine_is_known_in_my_account(person, member):
    problem = person("Ada").patch("/api/me", {member: "x"}, expecting=422).json

    assert problem["errors"] == [
        {"pointer": f"/{member}", "rule": "additionalProperties", "message": "is not known"}
    ]


def test_an_administrator_opens_an_account(administrator, client):
    answer = administrator.post("/api/users", {**GRACE, "roles": ["admin"]})

    assert answer.headers["Location"] == f"/api/users/{answer.json['id']}"
    assert answer.json["roles"] == ["admin", "user"]
    credentials = {"username": "grace", "password": GRACE["password"]}
    assert client.post("/api/login", json=credentials).status_code == 200


def test_an_account_is_replaced_whole(administrator, person):
    grace = person("Grace")

    replaced = administrator.put(f"/api/users/{grace.id}", ALL_OF_HER).json

    assert {name: replaced[name] for name in ALL_OF_HER} == ALL_OF_HER
    administrator.put(f"/api/users/{grace.id}", {"username": "grace"}, expecting=422)


def test_a_deleted_account_is_gone(administrator, person):
    grace = person("Grace")

    administrator.delete(f"/api/users/{grace.id}")

    administrator.get(f"/api/users/{grace.id}", expecting=404)
    grace.get("/api/me", expecting=401)


def test_a_deleted_account_can_be_restored(administrator, person):
    grace = person("Grace")
    before = administrator.get(f"/api/users/{grace.id}").json
    administrator.delete(f"/api/users/{grace.id}")

    (listed,) = administrator.get("/api/users?deleted=true").json["items"]
    restored = administrator.post(f"/api/users/{grace.id}/restore", expecting=200).json

    assert (listed["id"], restored["deleted_at"]) == (grace.id, None)
    assert listed["deleted_at"].endswith("Z")
    assert {**restored, "updated_at": before["updated_at"]} == before
    administrator.post(f"/api/users/{grace.id}/restore", expecting=404)


def test_A_08_people_delete_themselves(person, anyone):
    ada = person("Ada")

    ada.delete("/api/me")

    ada.get("/api/me", expecting=401)
    names = {"username": ada.username, "email": ada.email, "password": ada.password}
    anyone.post("/api/login", {"username": "Ada", "password": ada.password}, expecting=401)
    assert anyone.post("/api/register", names).json["id"] != ada.id


def test_pages_are_linked(administrator, person):
    for name in ("Ada", "Grace", "Hedy"):
        person(name)

    first = administrator.get("/api/users?limit=2&sort=username&count=true")
    path = first.headers["Link"].split(";")[0].strip("<>")
    second = administrator.get(path).json

    assert [user["username"] for user in first.json["items"]] == ["Ada", "Grace"]
    assert first.json["total"] == 4
    assert [user["username"] for user in second["items"]] == ["Hedy", "Root"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "pointer", "rule"),
    [
        ("limit=0", "limit", "minimum"),
        ("limit=101", "limit", "maximum"),
        ("limit=1e9", "limit", "type"),
        ("limit=99999999999999999999", "limit", "type"),
        ("limit=", "limit", "type"),
        ("limit=1&limit=2", "limit", "repeated"),
        ("sort=password_hash", "sort", "enum"),
        ("cursor=abc", "cursor", "cursor"),
        ("cursor=%C3%A4", "cursor", "cursor"),
        ("nope=1", "nope", "additionalProperties"),
        ("created_after=yesterday", "created_after", "format"),
        ("created_after=2026-01-01T00:00:00", "created_after", "format"),
        ("count=yes", "count", "type"),
        ("status=gone", "status", "enum"),
        ("q=%00", "q", "pattern"),
    ],
)
def test_H_07_a_search_is_held_to_its_rules(administrator, query, pointer, rule):
    problem = administrator.get(f"/api/users?{query}", expecting=422).json

    assert (problem["errors"][0]["pointer"], problem["errors"][0]["rule"]) == (pointer, rule)


def test_operations_without_a_query_know_no_parameter(administrator):
    administrator.get("/api/me?verbose=1", expecting=422)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/users", None),
        ("POST", "/api/users", GRACE),
        ("GET", NOBODY, None),
        ("PUT", NOBODY, ALL_OF_HER),
        ("PATCH", NOBODY, {"display_name": "x"}),
        ("DELETE", NOBODY, None),
        ("POST", f"{NOBODY}/restore", None),
    ],
)
def test_A_03_managing_users_takes_the_permission(person, method, path, body):
    problem = person("Ada").ask(method, path, json=body, expecting=403).json

    permission = "users:read" if method == "GET" else "users:write"
    assert (problem["error"], problem["permission"]) == ("permission_denied", permission)


def test_a_page_goes_on_after_the_longest_address(administrator, person, user):
    user("Long", email="\ufdfa" * 15 + "@example.org")  # of which each letter becomes eighteen
    person("Zoe")

    first = administrator.get("/api/users?sort=-email&limit=2").json
    rest = administrator.get(f"/api/users?sort=-email&limit=2&cursor={first['next']}").json

    names = [account["username"] for account in first["items"] + rest["items"]]
    assert sorted(names) == ["Long", "Root", "Zoe"]


def test_a_kept_answer_is_not_told_to_who_has_lost_the_permission(administrator, person):
    clerk = person("Clerk", role="admin")
    grace = {"username": "grace", "email": "grace@example.org", "password": "a foot of wire"}
    key = {"Idempotency-Key": "once"}
    clerk.post("/api/users", grace, headers=key)
    administrator.delete(f"/api/users/{clerk.id}/roles/admin")

    clerk.post("/api/users", grace, headers=key, expecting=403)
