"""The HTTP side of logging in: statuses, headers, shapes and valid tokens."""

from uuid import UUID

import jwt
import pytest
from sqlalchemy import select, update

from api.core.database import db, transaction
from api.users.models import Status, User
from tests.other_systems import MAKERS
from tests.support import PASSWORD

CREDENTIALS = {"username": "ada", "password": PASSWORD}
NEW_PASSWORD = "the analytical engine weaves"


@pytest.fixture
def fail_to_log_in(anyone):
    """Return a function that returns the response to a failed login, without its request id."""

    def log_in(**credentials):
        answer = anyone.post("/api/login", {**CREDENTIALS, **credentials}, expecting=401)
        request_id = answer.headers.pop("X-Request-Id")
        return answer.text.replace(request_id, ""), sorted(answer.headers)

    return log_in


def change_password(person, expecting=200, **changes):
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, **changes}
    return person.post("/api/me/password", body, expecting=expecting)


class TestLoggingIn:
    def test_the_tokens_are_valid(self, anyone, user):
        user("Ada")

        answer = anyone.post("/api/login", CREDENTIALS, expecting=200)
        body = answer.json
        anyone.token = body.pop("access_token")

        assert UUID(body.pop("refresh_token").partition(".")[0])
        assert 604_790 <= body.pop("refresh_expires_in") <= 604_800
        assert len(body.pop("device_token")) <= 128
        assert body == {
            "token_type": "Bearer",
            "expires_in": 900,
            "must_change_password": False,
            "must_verify_email": False,
        }
        assert answer.headers["Cache-Control"] == "no-store"
        assert anyone.get("/api/me").json["username"] == "Ada"

    def test_L_08_each_login_returns_another_token(self, anyone, user):
        user("Ada")

        tokens = {
            anyone.post("/api/login", CREDENTIALS, expecting=200).json["access_token"]
            for _ in range(3)
        }

        assert len(tokens) == 3

    def test_an_access_token_lasts_as_long_as_configured(self, build, user):
        user("Ada")
        client = build(ACCESS_TOKEN_SECONDS=60).test_client()

        body = client.post("/api/login", json=CREDENTIALS).json

        claims = jwt.decode(body["access_token"], options={"verify_signature": False})
        assert body["expires_in"] == claims["exp"] - claims["iat"] == 60

    def test_L_01_all_failures_have_the_same_response(self, fail_to_log_in, user):
        user("Ada")
        user("Ruth", status=Status.SUSPENDED)

        answers = [
            fail_to_log_in(password="wrong"),
            fail_to_log_in(username="unknown"),
            fail_to_log_in(username="ruth"),
            fail_to_log_in(email="unknown@example.org"),
        ]

        assert answers == [answers[0]] * 4

    @pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
    def test_P_07_a_login_replaces_a_hash_of_another_system(self, anyone, app, user, make):
        user("Ada")
        with app.app_context(), transaction():
            db.session.execute(update(User).values(password_hash=make(PASSWORD)))

        anyone.post("/api/login", {**CREDENTIALS, "password": "wrong"}, expecting=401)
        anyone.post("/api/login", CREDENTIALS, expecting=200)

        with app.app_context():
            stored = db.session.scalar(select(User.password_hash))
        assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
        anyone.post("/api/login", CREDENTIALS, expecting=200)

    def test_failed_and_successful_logins_are_recorded(self, anyone, user, recorded):
        user("Ada")

        anyone.post("/api/login", {**CREDENTIALS, "password": "wrong"}, expecting=401)
        anyone.post("/api/login", CREDENTIALS, expecting=200)

        assert recorded() == ["login.failed", "login.succeeded"]

    @pytest.mark.parametrize(
        ("credentials", "pointer", "rule"),
        [
            ({"username": "ada"}, "/password", "required"),
            ({"password": PASSWORD}, "", "min_properties"),
            ({**CREDENTIALS, "password": ""}, "/password", "min_length"),
            ({**CREDENTIALS, "password": "x" * 257}, "/password", "max_length"),
            ({**CREDENTIALS, "username": None}, "/username", "type"),
            ({**CREDENTIALS, "username": "a\0"}, "/username", "pattern"),
            ({**CREDENTIALS, "email": {"$ne": 1}}, "/email", "type"),
            ({**CREDENTIALS, "otp": "123456"}, "/otp", "additional_properties"),
        ],
    )
    def test_a_body_that_breaks_a_rule_is_rejected(self, anyone, credentials, pointer, rule):
        problem = anyone.post("/api/login", credentials, expecting=422).json

        assert (pointer, rule) in [(error["pointer"], error["rule"]) for error in problem["errors"]]

    def test_L_03_too_many_attempts_must_wait(self, build, user):
        user("Ada")
        client = build(LIMITS_ENABLED=True).test_client()
        wrong = {**CREDENTIALS, "password": "wrong"}

        statuses = [client.post("/api/login", json=wrong).status_code for _ in range(6)]
        correct = client.post("/api/login", json=CREDENTIALS)

        assert statuses == [401] * 5 + [429]
        assert correct.status_code == 429
        assert correct.headers["RateLimit-Policy"] == '"password-attempts";q=5;w=300'
        assert 0 < int(correct.headers["Retry-After"]) <= 300


class TestChangingThePassword:
    def test_all_tokens_are_replaced(self, person, recorded):
        ada = person("Ada")

        tokens = change_password(ada).json

        ada.get("/api/me", expecting=401)
        ada.token = tokens["access_token"]
        ada.get("/api/me")
        assert recorded() == ["password.changed"]

    def test_only_the_new_password_is_accepted(self, person, anyone):
        change_password(person("Ada"))

        anyone.post("/api/login", CREDENTIALS, expecting=401)
        anyone.post("/api/login", {**CREDENTIALS, "password": NEW_PASSWORD}, expecting=200)

    def test_the_current_password_is_required(self, person, recorded):
        ada = person("Ada")

        problem = change_password(ada, current_password="wrong", expecting=401).json

        assert problem["error"] == "invalid_credentials"
        assert recorded() == ["password.change_failed"]
        ada.get("/api/me")

    @pytest.mark.parametrize(
        ("password", "rule"), [("short", "password_too_short"), ("x" * 257, "max_length")]
    )
    def test_the_new_password_must_follow_the_policy(self, person, password, rule):
        problem = change_password(person("Ada"), new_password=password, expecting=422).json

        [validation_error] = problem["errors"]
        assert (validation_error["pointer"], validation_error["rule"]) == ("/new_password", rule)

    def test_a_caller_without_a_token_is_rejected(self, anyone):
        assert change_password(anyone, expecting=401).json["error"] == "unauthenticated"


class TestProtectedExample:
    def test_it_greets_the_caller(self, person):
        ada = person("Ada")

        greeting = ada.get("/api/protected").json

        assert greeting == {"message": "Hello, Ada!", "user": {"id": ada.id, "username": "Ada"}}

    def test_it_rejects_a_caller_without_a_token(self, anyone):
        anyone.get("/api/protected", expecting=401)
