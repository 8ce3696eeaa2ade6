"""The endpoints of import and export."""

import json
from datetime import timedelta
from io import BytesIO

import pytest

from api.core import clock
from api.core.cursors import Cursors
from tests.support import TESTING

NDJSON, JSON, CSV = "application/x-ndjson", "application/json", "text/csv"
ADA = {"username": "ada", "email": "ada@example.org"}
GRACE = {"username": "grace", "email": "grace@example.org"}


def write_file(*people):
    return b"".join(json.dumps(person).encode() + b"\n" for person in people)


def send(person, content, kind=NDJSON, query="", expecting=200, **headers):
    headers = {"Content-Type": kind, **headers}
    path = f"/api/users/import{query}"
    return person.post(path, data=content, headers=headers, expecting=expecting)


def export(person, query=""):
    answer = person.get(f"/api/users/export{query}")
    return [json.loads(line) for line in answer.text.splitlines()]


COUNTS = {
    "created": 0,
    "updated": 0,
    "unchanged": 0,
    "conflicts": 0,
    "rejected": 0,
    "without_password": 0,
    "without_login": 0,
}


def test_the_result_counts_rows_and_lists_those_that_were_not_created(administrator, user):
    user("Ada")

    result = send(administrator, write_file(ADA, GRACE, {})).json

    conflict, rejected = result.pop("rows")
    counts = {
        **COUNTS,
        "created": 1,
        "conflicts": 1,
        "rejected": 1,
        "without_password": 1,
        "without_login": 1,
    }
    assert result == {**counts, "dry_run": False, "warnings": []}
    assert (conflict["line"], conflict["outcome"]) == (1, "conflict")
    assert [error["pointer"] for error in conflict["errors"]] == ["/username"]
    assert (rejected["line"], rejected["outcome"], "id" in rejected) == (3, "rejected", False)
    assert administrator.get("/api/users?q=grace").json["items"][0]["username"] == "grace"


def test_C_04_rows_that_share_a_line_are_counted_and_reported_each(administrator, user, recorded):
    user("Ada")
    rows = [ADA, GRACE, {}, {"email": "alan@example.org"}, {"email": "not an address"}]

    result = send(administrator, json.dumps(rows), JSON).json

    assert (result["created"], result["conflicts"], result["rejected"]) == (2, 1, 2)
    assert [(row["record"], row["line"], row["outcome"]) for row in result["rows"]] == [
        (1, 1, "conflict"),
        (3, 1, "rejected"),
        (5, 1, "rejected"),
    ]
    assert recorded().count("user.created") == 2


def test_a_dry_run_writes_nothing(administrator, recorded):
    result = send(administrator, write_file(GRACE), query="?dry_run=true").json

    counts = {**COUNTS, "created": 1, "without_password": 1, "without_login": 1}
    assert result == {**counts, "dry_run": True, "warnings": [], "rows": []}
    assert recorded() == ["users.imported"]
    assert administrator.get("/api/users?q=grace").json["items"] == []


def test_B_20_conflicts_are_updated_on_request(administrator, user):
    ada = user("Ada")

    result = send(administrator, write_file(ADA), query="?on_conflict=update").json

    [row] = result["rows"]
    assert (result["updated"], row["outcome"], row["id"]) == (1, "updated", str(ada.id))
    assert administrator.get(f"/api/users/{ada.id}").json["username"] == "ada"


@pytest.mark.parametrize("missing", ["users:read", "users:write"])
def test_A_03_an_update_requires_permissions(administrator, person, missing):
    names = sorted({"users:import", "users:read", "users:write"} - {missing})
    administrator.post(
        "/api/roles", {"name": "clerk", "description": "", "permissions": names}, expecting=201
    )

    rejected = send(
        person("Clerk", role="clerk"), write_file(ADA), query="?on_conflict=update", expecting=403
    )

    assert rejected.json["permission"] == missing


def test_csv_is_accepted(administrator):
    content = b"username,email\r\ngrace,grace@example.org\r\n"

    assert send(administrator, content, kind=f"{CSV}; charset=utf-8").json["created"] == 1


def test_B_17_a_body_that_is_not_recognised_is_rejected_in_one_sentence(administrator):
    answer = send(administrator, b"name\r\ngrace\r\n", kind=CSV, expecting=422)

    [error] = answer.json["errors"]
    assert (answer.json["error"], error["rule"]) == ("invalid_request", "unrecognised")
    assert "not a header" in error["message"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"username;email\r\ngrace;grace@example.org\r\n", CSV),
        ("username\temail\rgrace\tgrace@example.org\r".encode("utf-16"), CSV),
        (b'[{"username": "grace", "email": "grace@example.org"}]', JSON),
        (b'{"users": [{"username": "grace", "email": "grace@example.org"}]}', JSON),
    ],
)
def test_B_17_the_format_of_a_body_is_recognised(administrator, content, kind):
    assert send(administrator, content, kind=kind).json["created"] == 1


def test_a_guessed_encoding_is_a_warning(administrator):
    content = "username,email,display_name\ngrace,grace@example.org,Gräce\n".encode("cp1252")

    result = send(administrator, content, kind=CSV).json

    assert (result["created"], len(result["warnings"])) == (1, 1)
    assert "Windows-1252" in result["warnings"][0]


@pytest.mark.parametrize("kind", ["application/xml", "text/plain", "text/csv; charset=utf-7"])
def test_H_10_other_media_types_are_rejected(administrator, kind):
    answer = send(administrator, write_file(GRACE), kind=kind, expecting=415)

    assert answer.json["error"] == "unsupported_media_type"


def test_C_01_a_repeated_chunk_is_imported_once(administrator):
    key = {"Idempotency-Key": '"chunk-1"'}
    first = send(administrator, write_file(ADA), **key)

    second = send(administrator, write_file(ADA), **key)

    assert second.data == first.data
    assert second.headers["Idempotency-Replayed"] == "true"


def test_C_01_the_key_of_a_dry_run_cannot_be_reused_for_the_import(administrator):
    key = {"Idempotency-Key": '"chunk-1"'}
    send(administrator, write_file(ADA), query="?dry_run=true", **key)

    assert send(administrator, write_file(ADA), expecting=422, **key).json["error"] == (
        "idempotency_key_reused"
    )


@pytest.fixture
def limit_service(build):
    """Connect a person to a service with low limits."""

    def make(person):
        person.client = build(import_max_bytes=100_000, import_max_rows=2).test_client()
        return person

    return make


def test_H_09_a_body_that_is_too_large_is_rejected_with_the_limit(administrator, limit_service):
    answer = send(limit_service(administrator), b"x" * 100_001, expecting=413)

    assert (answer.json["error"], answer.json["max_bytes"]) == ("payload_too_large", 100_000)


@pytest.mark.parametrize(("padding", "status"), [(b"", 200), (b"x" * 10_000_000, 413)])
def test_H_09_a_body_of_unknown_length_has_the_same_limit(
    administrator, limit_service, padding, status
):
    person, content = limit_service(administrator), BytesIO(write_file(GRACE) + padding)

    answer = person.client.open(
        "/api/users/import",
        method="POST",
        headers={**person.headers, "Content-Type": NDJSON},
        environ_overrides={
            "wsgi.input": content,
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
        },
    )

    assert answer.status_code == status
    assert answer.json.get("max_bytes") == (100_000 if padding else None)
    assert content.tell() < 300_000  # the rest is not read


def test_too_many_rows_are_rejected_with_the_limit(administrator, limit_service):
    answer = send(limit_service(administrator), write_file(ADA, GRACE, ADA), expecting=413)

    assert (answer.json["error"], answer.json["max_rows"]) == ("too_many_rows", 2)


def test_an_exported_page_is_imported_unchanged(administrator, person):
    person("Ada")
    people = export(administrator)

    assert {person["username"] for person in people} == {"Root", "Ada"}
    assert send(administrator, write_file(*people)).json["unchanged"] == 2


def test_a_page_has_a_header_that_marks_the_last_page(administrator, person):
    person("Ada")

    first = administrator.get("/api/users/export?limit=1&hashes=false")
    cursor = first.headers["X-Next-Cursor"]
    last = administrator.get(f"/api/users/export?limit=1&cursor={cursor}")

    assert first.content_type == last.content_type == NDJSON
    assert first.headers["X-Last-Page"] == "false"
    assert f"limit=1&hashes=false&cursor={cursor}" in first.headers["Link"]
    assert last.headers["X-Last-Page"] == "true"
    assert "X-Next-Cursor" not in last.headers
    assert "Link" not in last.headers
    assert (first.data.count(b"\n"), last.data.count(b"\n")) == (1, 1)


def test_a_cursor_of_another_list_is_rejected(administrator):
    cursor = Cursors(TESTING["JWT_SECRET_KEY"]).write("username", "root", administrator.id)

    answer = administrator.get(f"/api/users/export?cursor={cursor}", expecting=422)
    assert answer.json["errors"][0]["pointer"] == "cursor"


def test_filters_select_users(administrator, person):
    person("Ada")

    assert [user["username"] for user in export(administrator, "?role=admin")] == ["Root"]


def test_hashes_are_exported_on_request(administrator):
    assert "password_hash" not in export(administrator)[0]
    assert export(administrator, "?hashes=true")[0]["password_hash"].startswith("$argon2id$")


def test_S_10_hashes_require_a_recent_authentication(administrator, monkeypatch):
    later = clock.now() + timedelta(seconds=601)
    monkeypatch.setattr(clock, "now", lambda: later)

    rejected = administrator.get("/api/users/export?hashes=true", expecting=401)
    assert rejected.json["error"] == "insufficient_user_authentication"
    assert rejected.json["max_age"] == 600

    password = {"password": administrator.password}
    administrator.post("/api/me/reauthenticate", password, expecting=204)
    assert export(administrator, "?hashes=true")


@pytest.mark.parametrize(
    ("permissions", "hashes", "missing"),
    [
        (["users:read"], "false", "users:export"),
        (["users:export"], "true", "users:hashes"),
    ],
)
def test_A_03_an_export_requires_permissions(administrator, person, permissions, hashes, missing):
    role = {"name": "clerk", "description": "", "permissions": permissions}
    administrator.post("/api/roles", role)
    clerk = person("Clerk", role="clerk")

    rejected = clerk.get(f"/api/users/export?hashes={hashes}", expecting=403)

    assert rejected.json["permission"] == missing


def test_A_03_an_import_requires_a_permission(person):
    rejected = send(person("Ada"), write_file(GRACE), expecting=403)

    assert rejected.json["permission"] == "users:import"
