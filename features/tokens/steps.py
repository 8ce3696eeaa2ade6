import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace

import jwt
import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from api.core.database import in_transaction
from api.keys import ring
from api.keys import service as keys
from api.keys.pairs import Seal
from features.people import log_in, named, with_token

scenarios(".")

SECRET = "the encryption key of this feature, long enough"


@pytest.fixture
def rotate(app):
    """Do something with the keys, as the operator does."""

    def act(deed):
        with app.app_context():
            return in_transaction(lambda: deed(Seal(SECRET)))

    return act


@pytest.fixture
def check(client):
    """Check a token as another service does: with the published keys, and nothing else."""

    def checked(person):
        published = jwt.PyJWKSet.from_dict(client.get("/.well-known/jwks.json").json)
        try:
            kid = jwt.get_unverified_header(person.token)["kid"]
            key = published[kid]
            return jwt.decode(person.token, key, ["ES256"], audience="rollbook")
        except (jwt.PyJWTError, KeyError):
            return None

    return checked


@given("the service signs with keys of its own", target_fixture="app")
def signs_with_keys(build_strict):
    return build_strict(encryption_key=SECRET, jwt_secret_key=None)


@given(parsers.parse("{name:w} has logged in"), target_fixture="people")
def has_logged_in(people, name):
    return people | {name: with_token(people[name], log_in(people[name]))}


@given("somebody has made Ada an administrator in her token", target_fixture="people")
def has_changed(people):
    header, claims, signature = people["Ada"].token.split(".")
    told = json.loads(urlsafe_b64decode(f"{claims}==")) | {"roles": ["admin"]}
    changed = urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    return people | {"Ada": replace(people["Ada"], token=f"{header}.{changed}.{signature}")}


@given("the keys have been rotated")
def have_been_rotated(rotate):
    rotate(lambda seal: keys.rotate(seal, at_once=True))


@given("the key that signed Ada's token has been withdrawn")
def has_been_withdrawn(rotate, people, monkeypatch):
    kid = jwt.get_unverified_header(people["Ada"].token)["kid"]
    rotate(lambda seal: keys.retire(kid, seal))
    monkeypatch.setattr(ring, "LOOK_AGAIN", 0)  # seconds, which then have passed


@when("the other service checks Ada's token", target_fixture="told")
def checks(check, people):
    return check(people["Ada"])


@when("the other service checks both tokens", target_fixture="told")
def checks_both(check, people):
    return [check(people[name]) for name in ("Ada", "Grace")]


@when("the other service asks Rollbook about Ada's token", target_fixture="answer")
def asks(people):
    return people["Root"].post("/api/introspect", {"token": people["Ada"].token}, expecting=200)


@then("it knows that Ada is asking, and that she is a user")
def knows(told, people):
    assert (told["sub"], told["roles"]) == (people["Ada"].id, ["user"])


@then("neither her name nor her address is in it")
def holds_nothing_personal(told, people):
    assert told.keys() == {
        "iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti", "typ", "roles",
    }  # fmt: skip
    for personal in (people["Ada"].username, people["Ada"].email):
        assert personal.lower() not in str(told).lower()


@then("it turns her away")
def turns_away(told):
    assert told is None


@then(parsers.parse("it knows that {names} are asking"))
def knows_both(told, people, names):
    assert [claims["sub"] for claims in told] == [people[name].id for name in named(names)]


@then("Ada is still recognised by Rollbook")
def is_recognised(people):
    people["Ada"].get("/api/me")


@then("it learns that the token is no longer good")
def learns(answer):
    assert answer.json == {"active": False}
