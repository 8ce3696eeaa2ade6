from pytest_bdd import given, parsers, scenarios, then, when

from features.people import REFUSALS, api_errors, is_let_in, log_in, own_account, with_token

scenarios(".")


def change_password(person, current_password, new_password):
    body = {"current_password": current_password, "new_password": new_password}
    return person.post("/api/me/password", body, expecting=None)


@given("Ada is also logged in on her phone", target_fixture="phone")
def logged_in_on_phone(people):
    return with_token(people["Ada"], log_in(people["Ada"]))


@when(parsers.parse('Ada changes her display name to "{name}"'), target_fixture="answer")
def changes_display_name(people, name):
    return people["Ada"].patch("/api/me", {"display_name": name}, expecting=None)


@when("Ada gives up her display name", target_fixture="answer")
def gives_up_display_name(people):
    return people["Ada"].patch("/api/me", {"display_name": None}, expecting=None)


@when(parsers.parse('Ada changes her username to "{username}"'), target_fixture="answer")
def changes_username(people, username):
    return people["Ada"].patch("/api/me", {"username": username}, expecting=None)


@when("Ada changes her username to Grace's", target_fixture="answer")
def takes_username(people):
    return people["Ada"].patch("/api/me", {"username": people["Grace"].username}, expecting=None)


@when(parsers.parse('Ada changes her password to "{password}"'), target_fixture="answer")
def changes_password(people, password):
    return change_password(people["Ada"], people["Ada"].password, password)


@when("somebody at Ada's desk changes her password", target_fixture="answer")
def somebody_changes_password(people):
    return change_password(people["Ada"], "is it her birthday", "an engine that weaves algebra")


@then(parsers.parse('Ada\'s display name is "{name}"'))
def has_display_name(people, name):
    assert own_account(people["Ada"])["display_name"] == name


@then("Ada has no display name")
def has_no_display_name(people):
    assert own_account(people["Ada"])["display_name"] is None


@then(parsers.parse('Ada can log in as "{username}"'))
def can_log_in_as(people, username):
    assert is_let_in(people["Ada"], username=username)


@then(parsers.parse('Ada cannot log in as "{username}"'))
def cannot_log_in_as(people, username):
    assert not is_let_in(people["Ada"], username=username)


@then("she goes on where she is")
def goes_on(people, answer):
    assert own_account(with_token(people["Ada"], answer))


@then("her phone has to log in again")
def phone_has_to_log_in(phone):
    assert REFUSALS["she has to log in"] in api_errors(phone.get("/api/me", expecting=None))


@then("her phone is still logged in")
def phone_is_logged_in(phone):
    assert own_account(phone)
