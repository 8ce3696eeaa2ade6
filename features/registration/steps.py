from pytest_bdd import given, parsers, scenarios, then, when

from features.people import log_in, own_account, register, with_token

scenarios(".")


@given("registration is closed", target_fixture="app")
def registration_is_closed(build_strict):
    return build_strict(registration_enabled=False)


@when("Ada registers with Grace's username in capitals", target_fixture="answer")
def takes_username(people):
    return register(people["Ada"], username=people["Grace"].username.upper())


@when("Ada registers with Grace's address in capitals", target_fixture="answer")
def takes_address(people):
    return register(people["Ada"], email=people["Grace"].email.upper())


@then(parsers.parse("{name:w} is an ordinary person"))
def is_ordinary(people, name):
    person = with_token(people[name], log_in(people[name]))
    assert own_account(person)["roles"] == ["user"]
