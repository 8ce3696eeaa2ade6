from dataclasses import replace

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from api.config import Settings
from features.access_tokens import damage_signature, expire_token, sign_token
from features.errors import get_error_codes
from tests.support import PASSWORD

scenarios(".")

MINUTE_SECONDS, DAY_SECONDS = 60, 24 * 60 * 60
LIMITS = (
    "limit_per_user",
    "limit_password_per_user",
    "limit_login_per_address",
    "limit_register_per_address",
)


FORGERIES = {
    "expired after 15 minutes": expire_token,
    "is signed with another key": lambda token, secret: sign_token(token, secret[::-1]),
    "is meant for another service": lambda token, secret: sign_token(token, secret, aud="other"),
}


@given("Ada is not logged in")
def remove_tokens(people):
    people["Ada"] = replace(people["Ada"], token=None, refresh_token=None)


@given(parsers.re("Ada's access token (?P<defect>expired .+|is .+)"))
def forge_token(signing_secret, people, defect):
    token = FORGERIES[defect](people["Ada"].token, signing_secret)
    people["Ada"] = replace(people["Ada"], token=token)


@given("Ada's access token has a damaged signature")
def damage_token(people):
    people["Ada"] = replace(people["Ada"], token=damage_signature(people["Ada"].token))


@pytest.fixture
def set_limit(build_strict, people):
    """Return a function that sets the limit; all persons then use an app with that limit."""

    def set_limits(**limits):
        client = build_strict(**limits).test_client()
        people.update({name: replace(person, client=client) for name, person in people.items()})

    return set_limits


@given("the operator has set no limit")
def use_default_limit(set_limit):
    set_limit(**{name: Settings.model_fields[name].default for name in LIMITS})


@given("the operator has set the limit to 3 requests per day")
def use_low_limit(set_limit):
    set_limit(limit_per_user="3 per day")


@given("Ada has sent 3 requests today")
def use_up_limit(people):
    for _ in range(3):
        people["Ada"].get("/api/protected")


@when(parsers.parse("{name:w} reads the protected greeting"))
def read_greeting(people, responses, name):
    responses[name] = people[name].get("/api/protected", expecting=None)


@then(parsers.parse("{name:w} sees a greeting with her username"))
def check_greeting(people, responses, name):
    assert people[name].username in responses[name].json["message"]


@then(parsers.re(r"Ada sees that she may send (?P<number>\d+) (?:such )?requests per minute"))
def check_announced_limit(responses, number):
    announced = responses["Ada"].headers["RateLimit-Policy"].split(";")
    assert announced[1:] == [f"q={number}", f"w={MINUTE_SECONDS}"]


@then("Ada sees that she can try again in at most 24 hours")
def check_waiting_time(responses):
    assert 0 < int(responses["Ada"].headers["Retry-After"]) <= DAY_SECONDS


@then(parsers.parse("{name:w} sees a response without a password"))
def check_no_password(responses, name):
    response = responses[name]
    assert get_error_codes(response) == set()
    for secret in (PASSWORD, "argon2", '"password'):
        assert secret not in response.text + str(response.headers)


@then(parsers.parse('{name:w} sees a response without "{text}"'))
def check_text_is_absent(responses, name, text):
    response = responses[name]
    assert text not in response.text + str(response.headers)
