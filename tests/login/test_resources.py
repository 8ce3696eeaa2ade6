"""What is HTTP about logging in: status, headers, shapes, and tokens that work."""

from uuid import UUID

import jwt
import pytest
from sqlalchemy import select, update

from api.core.database import db, transaction
from api.users.models import Status, User
from tests.other_systems import MAKERS
from tests.support import PASSWORD

CREDENTIALS = {"username": "ada", "password": PASSWORD}
NEW = "the analytical engine weaves"


@pytest.fixture
def alike(anyone):
    """An answer to a login, less what is different in each."""

    def log_in(**credentials):
        answer = anyone.post("/api/login", {**CREDENTIALS, **credentials}, expecting=401)
        request_id = answer.headers.pop("X-Request-Id")
        return answer.text.replace(request_id, ""), sorted(answer.headers)

    return log_in


def change(person, expecting=200, **changes):
    body = {"current_password": PASSWORD, "new_password": NEW, **changes}
    return person.post("/api/me/password", body, expecting=expecting)


class TestLoggingIn:
    def test_earns_a_token_that_works(self, anyone, user):
        user("Ada")

        answer = anyone.post("/api/login", CREDENTIALS, expecting=200)
        told = answer.json
        anyone.token = told.pop("access_token")

        assert UUID(told.pop("refresh_token").partition(".")[0])
        assert 604_790 <= told.pop("refresh_expires_in") <= 604_800
        assert told == {"token_type": "Bearer", "expires_in": 900}
        assert answer.headers["Cache-Control"] == "no-store"
        assert anyone.get("/api/me").json["username"] == "Ada"

    def test_L_08_earns_another_token_each_time(self, anyone, user):
        user("Ada")

        tokens = {
            anyone.post("/api/login", CREDENTIALS, expecting=200).json["access_token"]
            for _ in range(3)
        }

        assert len(tokens) == 3

    def test_lasts_as_long_as_is_set(self, build, user):
        user("Ada")
        client = build(ACCESS_TOKEN_SECONDS=60).test_client()

        told = client.post("/api/login", json=CREDENTIALS).json

        claims = jwt.decode(told["access_token"], options={"verify_signature": False})
        assert told["expires_in"] == claims["exp"] - claims["iat"] == 60

    def test_L_01_every_failure_looks_alike(self, alike, user):
        user("Ada")
        user("Ruth", status=Status.SUSPENDED)

        answers = [
            alike(password="wrong"),
            alike(username="nobody"),
            alike(username="ruth"),
            alike(email="nobody@example.org"),
        ]

        assert answers == [answers[0]] * 4

    @pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
    def test_P_07_with_a_password_of_another_system_makes_its_hash_anew(
        self, anyone, app, user, make
    ):
        user("Ada")
        with app.app_context(), transaction():
            db.session.execute(update(User).values(password_hash=make(PASSWORD)))

        anyone.post("/api/login", {**CREDENTIALS, "password": "wrong"}, expecting=401)
        anyone.post("/api/login", CREDENTIALS, expecting=200)

        with app.app_context():
            stored = db.session.scalar(select(User.password_hash))
        assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
        anyone.post("/api/login", CREDENTIALS, expecting=200)

    def test_leaves_a_trace_either_way(self, anyone, user, recorded):
        user("Ada")

        anyone.post("/api/login", {**CREDENTIALS, "password": "wrong"}, expecting=401)
        anyone.post("/api/login", CREDENTIALS, expecting=200)

        assert recorded() == ["login.failed", "login.succeeded"]

    @pytest.mark.parametrize(
        ("credentials", "pointer", "rule"),
        [
            ({"username": "ada"}, "/password", "required"),
            ({"password": PASSWORD}, "", "minProperties"),
            ({**CREDENTIALS, "password": ""}, "/password", "minLength"),
            ({**CREDENTIALS, "password": "x" * 257}, "/password", "maxLength"),
            ({**CREDENTIALS, "username": None}, "/username", "type"),
            ({**CREDENTIALS, "username": "a\0"}, "/username", "pattern"),
            ({**CREDENTIALS, "email": {"$ne": 1}}, "/email", "type"),
            ({**CREDENTIALS, "otp": "123456"}, "/otp", "additionalProperties"),
        ],
    )
    def test_is_held_to_its_shape(self, anyone, credentials, pointer, rule):
        problem = anyone.post("/api/login", credentials, expecting=422).json

        assert (pointer, rule) in [(each["pointer"], each["rule"]) for each in problem["errors"]]

    def test_L_03_too_many_tries_are_told_to_wait(self, build, user):
        user("Ada")
        client = build(LIMITS_ENABLED=True).test_client()
        wrong = {**CREDENTIALS, "password": "wrong"}

        statuses = [client.post("/api/login", json=wrong).status_code for _ in range(6)]
        right = client.post("/api/login", json=CREDENTIALS)

        assert statuses == [401] * 5 + [429]
        assert right.status_code == 429
        assert right.headers["RateLimit-Policy"] == '"password-attempts";q=5;w=300'
        assert 0 < int(right.headers["Retry-After"]) <= 300


class TestChangingThePassword:
    def test_ends_every_token_but_the_one_it_answers(self, person, recorded):
        ada = person("Ada")

        ada_now = change(ada).json

        ada.get("/api/me", expecting=401)
        ada.token = ada_now["access_token"]
        ada.get("/api/me")
        assert recorded() == ["password.changed"]

    def test_lets_in_with_the_new_one_only(self, person, anyone):
        change(person("Ada"))

        anyone.post("/api/login", CREDENTIALS, expecting=401)
        anyone.post("/api/login", {**CREDENTIALS, "password": NEW}, expecting=200)

    def test_takes_the_current_one(self, person, recorded):
        ada = person("Ada")

        problem = change(ada, current_password="wrong", expecting=401).json

        assert problem["error"] == "invalid_credentials"
        assert recorded() == ["password.change_failed"]
        ada.get("/api/me")

    @pytest.mark.parametrize(
        ("password", "rule"), [("short", "minLength"), ("x" * 257, "maxLength")]
    )
    def test_takes_a_good_one(self, person, password, rule):
        problem = change(person("Ada"), new_password=password, expecting=422).json

        [validation_error] = problem["errors"]
        assert (validation_error["pointer"], validation_error["rule"]) == ("/new_password", rule)

    def test_is_for_those_who_are_logged_in(self, anyone):
        assert change(anyone, expecting=401).json["error"] == "unauthenticated"


class TestTheProtectedExample:
    def test_says_hello_to_who_is_asking(self, person):
        ada = person("Ada")

        greeting = ada.get("/api/protected").json

        assert greeting == {"message": "Hello, Ada!", "user": {"id": ada.id, "username": "Ada"}}

    def test_says_nothing_to_strangers(self, anyone):
        anyone.get("/api/protected", expecting=401)
