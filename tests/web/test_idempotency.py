"""The header Idempotency-Key, and what a repeated request is answered."""

import pytest
from sqlalchemy import func, select

from api.core.database import db
from api.idempotency.models import KeptAnswer
from tests.support import anonymous

GRACE = {"username": "grace", "email": "grace@example.org", "password": "a foot of copper wire"}
ADA = {"username": "ada", "email": "ada@example.org", "password": "a foot of copper wire"}
KEY = {"Idempotency-Key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"'}


def lasting(answer):
    """All of an answer but what belongs to the one exchange."""
    told = {name: answer.headers[name] for name in ("Content-Type", "ETag", "Location")}
    return answer.status_code, told, answer.data


@pytest.fixture
def kept(app):
    def number():
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(KeptAnswer))

    return number


def test_C_01_an_account_is_opened_once(administrator, recorded, kept):
    first = administrator.post("/api/users", GRACE, headers=KEY)
    second = administrator.post("/api/users", GRACE, headers=KEY)

    assert lasting(first) == lasting(second)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert second.headers["Content-Length"] == str(len(second.data))
    assert recorded() == ["user.created"]
    assert kept() == 1


def test_C_01_someone_registers_once(client, recorded):
    first, second = (anonymous(client).post("/api/register", ADA, headers=KEY) for _ in range(2))

    assert lasting(first) == lasting(second)
    assert recorded() == ["user.created"]


def test_C_01_without_a_key_nothing_is_kept(administrator, kept):
    administrator.post("/api/users", GRACE)

    administrator.post("/api/users", GRACE, expecting=409)

    assert kept() == 0


def test_C_01_with_a_key_the_answer_is_that_without_one(administrator):
    with_key = administrator.post("/api/users", GRACE, headers=KEY)
    without = administrator.post("/api/users", ADA)

    assert {*with_key.headers.keys()} == {*without.headers.keys()}


def test_C_01_the_same_key_for_another_account_is_refused(administrator, recorded):
    administrator.post("/api/users", GRACE, headers=KEY)

    problem = administrator.post("/api/users", ADA, headers=KEY, expecting=422).json

    assert problem["error"] == "idempotency_key_reused"
    assert recorded() == ["user.created"]


def test_C_01_a_key_belongs_to_who_sends_it(administrator, person, client):
    other = person("Other", role="admin")
    administrator.post("/api/users", GRACE, headers=KEY)

    assert other.post("/api/users", GRACE, headers=KEY, expecting=409).json["error"] == (
        "username_taken"
    )
    anonymous(client).post("/api/register", GRACE, headers=KEY, expecting=409)
    anonymous(client).post("/api/users", GRACE, headers=KEY, expecting=401)


def test_C_01_a_refusal_is_not_kept(administrator, person, kept):
    grace = person("Grace")
    administrator.post("/api/users", GRACE, headers=KEY, expecting=409)
    administrator.delete(f"/api/users/{grace.id}")

    administrator.post("/api/users", GRACE, headers=KEY)
    administrator.post("/api/users", {**ADA, "email": "x"}, headers=KEY, expecting=422)

    assert kept() == 1


def test_C_01_who_may_not_learns_nothing_of_what_was_done(administrator, person):
    administrator.post("/api/users", GRACE, headers=KEY)

    person("Ada").post("/api/users", GRACE, headers=KEY, expecting=403)


@pytest.mark.parametrize("key", ["a", "a" * 255, f'"{"a" * 255}"', '"a,b"', r'"\"\\"', "8e03978e"])
def test_C_01_a_key_may_be_in_quotes_or_not(administrator, key):
    administrator.post("/api/users", GRACE, headers={"Idempotency-Key": key})


def test_C_01_quotes_are_no_part_of_the_key(administrator):
    for key in ("8e03978e", '"8e03978e"'):
        answer = administrator.post("/api/users", GRACE, headers={"Idempotency-Key": key})

    assert "Idempotency-Replayed" in answer.headers


@pytest.mark.parametrize(
    "key", ["", '""', "a" * 256, f'"{"a" * 256}"', "a b", '"a b"', '"a', 'a"', "a,b", '"a" "b"',
            r'"\a"', '"\\"', '"a";q=1', "é", '"é"', "a\t"],
)  # fmt: skip
def test_C_01_what_is_no_key_is_refused(administrator, recorded, key):
    answer = administrator.post(
        "/api/users", GRACE, headers={"Idempotency-Key": key}, expecting=400
    )

    assert answer.json["error"] == "idempotency_key_malformed"
    assert recorded() == []
