"""The header Idempotency-Key, and the responses to repeated requests."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from api.core.database import db
from api.core.permissions import Permission
from api.idempotency.models import StoredResponse
from tests.api_keys.support import as_program, save_key
from tests.support import anonymous

GRACE = {"username": "grace", "email": "grace@example.org", "password": "a foot of copper wire"}
ADA = {"username": "ada", "email": "ada@example.org", "password": "a foot of copper wire"}
KEY = {"Idempotency-Key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"'}


def repeated_part(answer):
    """Return the part of a response that each repetition contains."""
    headers = {name: answer.headers[name] for name in ("Content-Type", "ETag", "Location")}
    return answer.status_code, headers, answer.data


@pytest.fixture
def count_stored(app):
    """Return a function that counts the stored responses."""

    def count():
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(StoredResponse))

    return count


def test_C_01_a_repeated_creation_is_executed_once(administrator, recorded, count_stored):
    first = administrator.post("/api/users", GRACE, headers=KEY)
    second = administrator.post("/api/users", GRACE, headers=KEY)

    assert repeated_part(first) == repeated_part(second)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert second.headers["Content-Length"] == str(len(second.data))
    assert recorded() == ["user.created"]
    assert count_stored() == 1


def test_C_01_a_repeated_registration_is_executed_once(client, recorded):
    first, second = (anonymous(client).post("/api/register", ADA, headers=KEY) for _ in range(2))

    assert repeated_part(first) == repeated_part(second)
    assert recorded() == ["user.created"]


def test_C_01_nothing_is_stored_without_a_key(administrator, count_stored):
    administrator.post("/api/users", GRACE)

    administrator.post("/api/users", GRACE, expecting=409)

    assert count_stored() == 0


def test_C_01_a_key_does_not_change_the_headers_of_the_first_response(administrator):
    with_key = administrator.post("/api/users", GRACE, headers=KEY)
    without = administrator.post("/api/users", ADA)

    assert {*with_key.headers.keys()} == {*without.headers.keys()}


def test_C_01_a_key_with_another_body_is_rejected(administrator, recorded):
    administrator.post("/api/users", GRACE, headers=KEY)

    problem = administrator.post("/api/users", ADA, headers=KEY, expecting=422).json

    assert problem["error"] == "idempotency_key_reused"
    assert recorded() == ["user.created"]


def test_C_01_keys_of_different_callers_are_separate(administrator, person, client):
    other = person("Other", role="admin")
    administrator.post("/api/users", GRACE, headers=KEY)

    assert other.post("/api/users", GRACE, headers=KEY, expecting=409).json["error"] == (
        "username_taken"
    )
    anonymous(client).post("/api/register", GRACE, headers=KEY, expecting=409)
    anonymous(client).post("/api/users", GRACE, headers=KEY, expecting=401)


def test_C_01_a_response_is_stored_for_one_credential(app, administrator, client):
    """A stored response must not go to a program that has fewer permissions than its owner."""
    owner = {"user_id": UUID(administrator.id), "scopes": list(Permission)}
    first, second = (as_program(client, save_key(app, **owner)[1]) for _ in range(2))
    callers = [administrator, first, second]

    for caller, name in zip(callers, ("ada", "grace", "hedy"), strict=True):
        user = {"username": name, "email": f"{name}@example.org"}
        created, repeated = (caller.post("/api/users", user, headers=KEY) for _ in range(2))
        assert repeated_part(created) == repeated_part(repeated)
        assert "Idempotency-Replayed" not in created.headers


def test_C_01_an_error_does_not_occupy_its_key(administrator, person, count_stored):
    grace = person("Grace")
    administrator.post("/api/users", GRACE, headers=KEY, expecting=409)
    administrator.delete(f"/api/users/{grace.id}")

    administrator.post("/api/users", GRACE, headers=KEY)
    administrator.post("/api/users", {**ADA, "email": "x"}, headers=KEY, expecting=422)

    assert count_stored() == 1


def test_C_01_a_caller_without_the_permission_does_not_see_a_stored_response(administrator, person):
    administrator.post("/api/users", GRACE, headers=KEY)

    person("Ada").post("/api/users", GRACE, headers=KEY, expecting=403)


@pytest.mark.parametrize("key", ["a", "a" * 255, f'"{"a" * 255}"', '"a,b"', r'"\"\\"', "8e03978e"])
def test_C_01_a_key_may_be_quoted_or_bare(administrator, key):
    administrator.post("/api/users", GRACE, headers={"Idempotency-Key": key})


def test_C_01_a_quoted_and_a_bare_key_are_the_same(administrator):
    for key in ("8e03978e", '"8e03978e"'):
        answer = administrator.post("/api/users", GRACE, headers={"Idempotency-Key": key})

    assert "Idempotency-Replayed" in answer.headers


@pytest.mark.parametrize(
    "key", ["", '""', "a" * 256, f'"{"a" * 256}"', "a b", '"a b"', '"a', 'a"', "a,b", '"a" "b"',
            r'"\a"', '"\\"', '"a";q=1', "é", '"é"', "a\t"],
)  # fmt: skip
def test_C_01_a_malformed_key_is_rejected(administrator, recorded, key):
    answer = administrator.post(
        "/api/users", GRACE, headers={"Idempotency-Key": key}, expecting=400
    )

    assert answer.json["error"] == "idempotency_key_malformed"
    assert recorded() == []
