"""The endpoints of users: status, headers, members and permissions."""

import pytest

PROFILE = {
    "id", "username", "email", "display_name", "locale", "roles", "status", "status_reason",
    "user_metadata", "app_metadata", "external_source", "external_id", "has_password",
    "must_change_password", "email_verified", "created_at", "updated_at", "deleted_at",
}  # fmt: skip
UNKNOWN_USER = "/api/users/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
GRACE = {"username": "grace", "email": "grace@example.org", "password": "a foot of copper wire"}
REPLACEMENT = {
    "username": "grace",
    "email": "grace@example.org",
    "display_name": None,
    "status": "active",
    "user_metadata": {"theme": "dark"},
    "app_metadata": {"plan": "free"},
}


def test_a_user_reads_their_own_account(person):
    ada = person("Ada")

    account = ada.get("/api/me").json

    assert account.keys() == PROFILE
    assert (account["id"], account["username"]) == (ada.id, "Ada")
    assert account["created_at"].endswith("Z")


def test_a_user_changes_their_own_account(person):
    ada = person("Ada")

    changes = {"display_name": "Ada King", "username": "lovelace", "locale": "de-AT"}
    changed = ada.patch("/api/me", changes).json

    assert {name: changed[name] for name in changes} == changes
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
def test_A_04_a_user_cannot_change_other_members_of_their_own_account(person, member):
    problem = person("Ada").patch("/api/me", {member: "x"}, expecting=422).json

    assert problem["errors"] == [
        {"pointer": f"/{member}", "rule": "additional_properties", "message": "is not known"}
    ]


def test_an_administrator_creates_a_user(administrator, client):
    answer = administrator.post("/api/users", {**GRACE, "roles": ["admin"]})

    assert answer.headers["Location"] == f"http://127.0.0.1:8000/api/users/{answer.json['id']}"
    assert answer.json["roles"] == ["admin", "user"]
    credentials = {"username": "grace", "password": GRACE["password"]}
    assert client.post("/api/login", json=credentials).status_code == 200


def test_a_replacement_needs_all_members(administrator, person):
    grace = person("Grace")

    replaced = administrator.put(f"/api/users/{grace.id}", REPLACEMENT).json

    assert {name: replaced[name] for name in REPLACEMENT} == REPLACEMENT
    administrator.put(f"/api/users/{grace.id}", {"username": "grace"}, expecting=422)


def test_a_deleted_account_cannot_be_read_or_used(administrator, person):
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


def test_A_08_a_user_deletes_their_own_account_and_the_names_are_free(person, anyone):
    ada = person("Ada")

    ada.delete("/api/me")

    ada.get("/api/me", expecting=401)
    names = {"username": ada.username, "email": ada.email, "password": ada.password}
    anyone.post("/api/login", {"username": "Ada", "password": ada.password}, expecting=401)
    assert anyone.post("/api/register", names).json["id"] != ada.id


def test_a_page_links_to_the_next_page(administrator, person):
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
        ("nope=1", "nope", "additional_properties"),
        ("created_after=yesterday", "created_after", "format"),
        ("created_after=2026-01-01T00:00:00", "created_after", "format"),
        ("count=yes", "count", "type"),
        ("status=gone", "status", "enum"),
        ("q=%00", "q", "pattern"),
    ],
)
def test_H_07_a_query_parameter_that_is_not_valid_is_rejected(administrator, query, pointer, rule):
    problem = administrator.get(f"/api/users?{query}", expecting=422).json

    assert (problem["errors"][0]["pointer"], problem["errors"][0]["rule"]) == (pointer, rule)


def test_an_operation_without_parameters_rejects_every_parameter(administrator):
    administrator.get("/api/me?verbose=1", expecting=422)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/users", None),
        ("POST", "/api/users", GRACE),
        ("GET", UNKNOWN_USER, None),
        ("PUT", UNKNOWN_USER, REPLACEMENT),
        ("PATCH", UNKNOWN_USER, {"display_name": "x"}),
        ("DELETE", UNKNOWN_USER, None),
        ("POST", f"{UNKNOWN_USER}/restore", None),
    ],
)
def test_A_03_managing_users_requires_a_permission(person, method, path, body):
    problem = person("Ada").ask(method, path, json=body, expecting=403).json

    permission = "users:read" if method == "GET" else "users:write"
    assert (problem["error"], problem["permission"]) == ("permission_denied", permission)


def test_a_page_can_end_at_the_longest_email_address(administrator, person, user):
    user("Long", email="\ufdfa" * 15 + "@example.org")  # each character becomes eighteen in the key
    person("Zoe")

    first = administrator.get("/api/users?sort=-email&limit=2").json
    rest = administrator.get(f"/api/users?sort=-email&limit=2&cursor={first['next']}").json

    names = [account["username"] for account in first["items"] + rest["items"]]
    assert sorted(names) == ["Long", "Root", "Zoe"]


def test_a_stored_response_is_not_replayed_after_the_permission_is_lost(administrator, person):
    clerk = person("Clerk", role="admin")
    grace = {"username": "grace", "email": "grace@example.org", "password": "a foot of wire"}
    key = {"Idempotency-Key": "once"}
    clerk.post("/api/users", grace, headers=key)
    administrator.delete(f"/api/users/{clerk.id}/roles/admin")

    clerk.post("/api/users", grace, headers=key, expecting=403)


@pytest.mark.parametrize("locale", ["de_AT", "de-at", "", "german", "de-AT-x-y", "../de", "de\n"])
def test_a_locale_that_is_no_tag_is_rejected(person, locale):
    problem = person("Ada").patch("/api/me", {"locale": locale}, expecting=422).json

    assert problem["errors"][0]["pointer"] == "/locale"


def test_an_administrator_sets_and_removes_a_locale(administrator, person):
    path = f"/api/users/{person('Ada').id}"

    assert administrator.patch(path, {"locale": "zh-Hant-TW"}).json["locale"] == "zh-Hant-TW"
    assert administrator.put(path, {**REPLACEMENT}).json["locale"] == "zh-Hant-TW"
    assert administrator.patch(path, {"locale": None}).json["locale"] is None
