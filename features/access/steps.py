from dataclasses import replace
from time import time

import jwt
from pytest_bdd import given, parsers, scenarios, then, when

from tests.support import PASSWORD, TESTING

scenarios(".")

SECRET = TESTING["JWT_SECRET_KEY"]


def made_anew(token, *, secret=SECRET, **other):
    """Return a token with the same claims but for ``other``."""
    claims = jwt.decode(token, options={"verify_signature": False})
    header = {"typ": "at+jwt"}
    return jwt.encode({**claims, **other}, secret, headers=header)


FLAWS = {
    "has expired": lambda token: made_anew(token, exp=int(time()) - 60),
    "is garbled": str.swapcase,
    "is signed by somebody else": lambda token: made_anew(token, secret=SECRET[::-1]),
    "is meant for others": lambda token: made_anew(token, aud="elsewhere"),
}


@given("Ada is logged out", target_fixture="people")
def is_logged_out(people):
    return people | {"Ada": replace(people["Ada"], token=None)}


@given(parsers.parse("what Ada shows {flaw}"), target_fixture="people")
def shows(people, flaw):
    return people | {"Ada": replace(people["Ada"], token=FLAWS[flaw](people["Ada"].token))}


@given("everybody may ask 3 times a day", target_fixture="app")
def may_ask_three_times(build_strict):
    return build_strict(limit_per_user="3 per day")


@given("Ada has asked 3 times today")
def has_asked_three_times(people):
    for _ in range(3):
        people["Ada"].get("/api/protected")


@when(parsers.parse("{name:w} asks for the protected greeting"), target_fixture="answer")
def asks_for_greeting(people, name):
    return people[name].get("/api/protected", expecting=None)


@then(parsers.parse("{name:w} is greeted by her username"))
def is_greeted(people, answer, name):
    assert people[name].username in answer.json["message"]


@then("she is told for how long")
def is_told_how_long(answer):
    assert 0 < int(answer.headers["Retry-After"]) <= 24 * 60 * 60


@then("no password is in the answer")
def holds_no_password(answer):
    for secret in (PASSWORD, "argon2", '"password'):
        assert secret not in answer.text


@then(parsers.parse('"{password}" is nowhere in the answer'))
def holds_not(answer, password):
    assert password not in answer.text + str(answer.headers)
