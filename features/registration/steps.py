from pytest_bdd import given, parsers, scenarios, then, when

from features.people import log_in, own_account, register, with_token

scenarios(".")

KEY = "one-wish-of-Ada"


@given("registration is closed", target_fixture="app")
def registration_is_closed(build_strict):
    return build_strict(registration_enabled=False)


@when("Ada registers with Grace's username in capitals", target_fixture="answer")
def takes_username(people):
    return register(people["Ada"], username=people["Grace"].username.upper())


@when("Ada registers with Grace's address in capitals", target_fixture="answer")
def takes_address(people):
    return register(people["Ada"], email=people["Grace"].email.upper())


@when("Ada's app registers her, and hears nothing", target_fixture="unheard")
def registers_unheard(people):
    return register(people["Ada"], key=KEY)


@when("Ada's app registers her under Grace's username", target_fixture="answer")
def registers_under_another_name(people):
    return register(people["Ada"], key=KEY, username=people["Grace"].username)


@when("Ada's app asks the same again", target_fixture="answer")
@when("Ada's app asks the same again, but under her own username", target_fixture="answer")
def asks_again(people):
    return register(people["Ada"], key=KEY)


@when("Ada's app asks the same again, but for Grace", target_fixture="answer")
def asks_for_another(people):
    return register(people["Grace"], key=KEY)


@then("it hears what it would have heard the first time")
def hears_the_same(answer, unheard):
    assert (answer.status_code, answer.data) == (unheard.status_code, unheard.data)
    assert answer.json["username"] == "Ada"


@then(parsers.parse("{name:w} is an ordinary person"))
def is_ordinary(people, name):
    person = with_token(people[name], log_in(people[name]))
    assert own_account(person)["roles"] == ["user"]
