import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from features.errors import ERROR_CODES, get_error_codes
from features.personas import can_log_in, log_in, read_own_account, register, use_tokens

scenarios(".")

APP = "Ada's app"


@pytest.fixture
def idempotency_key(preconditions):
    return preconditions.make_unique("registration-of-Ada")


@given("the operator has closed the registration", target_fixture="app")
def close_registration(build_strict):
    return build_strict(registration_enabled=False)


@given("the operator requires usernames", target_fixture="app")
def require_usernames(build_strict):
    return build_strict(usernames="required")


@given("the operator allows usernames in every script", target_fixture="app")
def allow_scripts(build_strict):
    return build_strict(username_pattern=r"\w+")


@given("Ada's app has registered Ada, but the response was lost", target_fixture="lost_response")
def lose_response(people, idempotency_key):
    response = register(people["Ada"], idempotency_key)
    assert response.status_code == 201
    return response


@given("Ada's app has tried to register Ada with Grace's username")
def try_registered_username(people, idempotency_key):
    response = register(people["Ada"], idempotency_key, username=people["Grace"].username)
    assert get_error_codes(response) == {ERROR_CODES["the username is already registered"]}


@when(
    parsers.parse("Grace registers with a password of {number:d} characters"),
    target_fixture="long_password",
)
def register_with_long_password(people, responses, number):
    long_password = ("a ship in port is safe, but that is not what ships are for; " * 5)[:number]
    responses["Grace"] = register(people["Grace"], password=long_password)
    return long_password


@then("Grace can log in with this password")
def check_long_password(people, long_password):
    assert can_log_in(people["Grace"], long_password)


@then("Grace has no account yet")
def check_names_are_free(people):
    """Register with the same names: this is only possible if no account has them."""
    assert register(people["Grace"]).status_code == 201


@then("Grace cannot log in with this password without its last character")
def check_last_character(people, long_password):
    assert not can_log_in(people["Grace"], long_password[:-1])


@when("Ada registers with Grace's username in capital letters")
def register_with_registered_username(people, responses):
    username = people["Grace"].username.upper()
    responses["Ada"] = register(people["Ada"], username=username)


@when("Ada registers with Grace's e-mail address in capital letters")
def register_with_registered_email_address(people, responses):
    responses["Ada"] = register(people["Ada"], email=people["Grace"].email.upper())


@when("Ada registers without a username")
def register_without_username(people, responses):
    responses["Ada"] = register(people["Ada"], username=None)


@when(parsers.parse("Ada registers with a username of {number:d} characters"))
def register_with_long_username(people, responses, number):
    responses["Ada"] = register(people["Ada"], username=("Lovelace" * 5)[:number])


@when(parsers.parse('Ada registers with the username "{username}"'))
def register_with_username(people, responses, username):
    responses["Ada"] = register(people["Ada"], username=username)


@when(
    parsers.parse('Grace registers with the e-mail address "{email}" and the password "{password}"')
)
def register_with_email_address(people, responses, email, password):
    responses["Grace"] = register(people["Grace"], email=email, password=password)


@when("Ada registers with her own e-mail address as username")
def register_with_own_email_address(people, responses):
    responses["Ada"] = register(people["Ada"], username=people["Ada"].email)


@when("Ada registers with Grace's e-mail address as username")
def register_with_foreign_email_address(people, responses):
    responses["Ada"] = register(people["Ada"], username=people["Grace"].email)


@when("Ada registers with Grace's username in letters that look alike")
def register_with_similar_username(people, responses):
    similar = people["Grace"].username.replace("G", "\u0261")  # LATIN SMALL LETTER SCRIPT G
    responses["Ada"] = register(people["Ada"], username=similar)


@when("Ada's app repeats the request with the same idempotency key")
@when("Ada's app repeats the request with the same idempotency key and Ada's own username")
def repeat_request(people, responses, idempotency_key):
    responses[APP] = register(people["Ada"], idempotency_key)


@when("Ada's app registers Grace with the same idempotency key")
def reuse_key(people, responses, idempotency_key):
    responses[APP] = register(people["Grace"], idempotency_key)


@then("Ada's app sees the response that was lost")
def check_repeated_response(people, responses, lost_response):
    response = responses[APP]
    assert (response.status_code, response.data) == (lost_response.status_code, lost_response.data)
    assert response.json["username"] == people["Ada"].username


@then(parsers.parse('{name:w} has only the role "{role}"'))
def check_roles(people, name, role):
    person = use_tokens(people[name], log_in(people[name]))
    assert read_own_account(person)["roles"] == [role]


@then("Ada has no username")
def check_no_username(people):
    response = log_in(people["Ada"], email=people["Ada"].email)
    assert read_own_account(use_tokens(people["Ada"], response))["username"] is None
