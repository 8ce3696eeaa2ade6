"""What is HTTP about bringing people in and handing them out."""

import json
from datetime import timedelta

import pytest

from api.core import clock

NDJSON, CSV = "application/x-ndjson", "text/csv"
ADA = {"username": "ada", "email": "ada@example.org"}
GRACE = {"username": "grace", "email": "grace@example.org"}


def file_of(*people):
    return b"".join(json.dumps(person).encode() + b"\n" for person in people)


def import_batch(person, content, kind=NDJSON, query="", expecting=200):
    headers = {"Content-Type": kind}
    path = f"/api/users/import{query}"
    answer = person.post(path, data=content, headers=headers, expecting=expecting)
    return [json.loads(line) for line in answer.text.splitlines()] if expecting == 200 else answer


def handed_out(person, query=""):
    answer = person.get(f"/api/users/export{query}")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_each_row_is_told_of_and_at_last_all(administrator, user):
    user("Ada")

    first, second, last = import_batch(administrator, file_of(ADA, GRACE))

    assert (first["line"], first["outcome"]) == (1, "refused")
    assert [validation_error["rule"] for validation_error in first["findings"]] == [
        "username_taken",
        "email_taken",
    ]
    assert (second["line"], second["outcome"]) == (2, "created")
    assert administrator.get(f"/api/users/{second['id']}").json["username"] == "grace"
    assert last == {"created": 1, "unchanged": 0, "refused": 1, "dry_run": False}


def test_a_dry_run_writes_nothing(administrator, recorded):
    _, last = import_batch(administrator, file_of(GRACE), query="?dry_run=true")

    assert last == {"created": 1, "unchanged": 0, "refused": 0, "dry_run": True}
    assert recorded() == ["users.imported"]  # as one that was tried
    assert administrator.get("/api/users?q=grace").json["items"] == []


def test_csv_is_taken_as_well(administrator):
    content = b"username,email\r\ngrace,grace@example.org\r\n"

    assert import_batch(administrator, content, kind=CSV)[-1]["created"] == 1


def test_a_csv_without_its_header_is_refused_before_anything_is_said(administrator):
    answer = import_batch(administrator, b"name\r\ngrace\r\n", kind=CSV, expecting=422)

    assert answer.json["error"] == "invalid_request"


def test_what_is_handed_out_is_taken_back(administrator, person):
    person("Ada")
    people = handed_out(administrator)

    assert {person["username"] for person in people} == {"Root", "Ada"}
    assert import_batch(administrator, file_of(*people))[-1]["unchanged"] == 2


def test_filters_choose_who_is_handed_out(administrator, person):
    person("Ada")

    assert [one["username"] for one in handed_out(administrator, "?role=admin")] == ["Root"]


def test_hashes_are_handed_out_only_where_they_are_asked_for(administrator):
    assert "password_hash" not in handed_out(administrator)[0]
    assert handed_out(administrator, "?hashes=true")[0]["password_hash"].startswith("$argon2id$")


def test_S_10_hashes_take_a_password_that_was_given_a_short_while_ago(administrator, monkeypatch):
    later = clock.now() + timedelta(seconds=601)
    monkeypatch.setattr(clock, "now", lambda: later)

    rejected = administrator.get("/api/users/export?hashes=true", expecting=401)
    assert rejected.json["error"] == "insufficient_user_authentication"
    assert rejected.json["max_age"] == 600
    assert 'error="insufficient_user_authentication"' in rejected.headers["WWW-Authenticate"]

    administrator.post(
        "/api/me/reauthenticate", {"password": administrator.password}, expecting=204
    )
    assert handed_out(administrator, "?hashes=true")


@pytest.mark.parametrize(
    ("permissions", "hashes", "missing"),
    [
        (["users:read"], "false", "users:export"),
        (["users:export"], "true", "users:hashes"),
    ],
)
def test_A_03_handing_out_takes_permissions(administrator, person, permissions, hashes, missing):
    role = {"name": "clerk", "description": "", "permissions": permissions}
    administrator.post("/api/roles", role)
    clerk = person("Clerk", role="clerk")

    rejected = clerk.get(f"/api/users/export?hashes={hashes}", expecting=403)

    assert rejected.json["permission"] == missing


def test_A_03_taking_in_takes_a_permission(person):
    rejected = import_batch(person("Ada"), file_of(GRACE), expecting=403)

    assert rejected.json["permission"] == "users:import"
