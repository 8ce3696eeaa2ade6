from pytest_bdd import given, parsers, scenarios, then, when

from features.personas import has_session, log_in, read_own_account, use_tokens

scenarios(".")

NEW_PASSWORD = "an engine that weaves algebra"


def change_password(person, current_password, new_password):
    body = {"current_password": current_password, "new_password": new_password}
    return person.post("/api/me/password", body, expecting=None)


def change_profile(person, **changes):
    return person.patch("/api/me", changes, expecting=None)


@given("Ada is also logged in on her phone", target_fixture="phone")
def log_in_on_phone(people):
    return use_tokens(people["Ada"], log_in(people["Ada"]))


@when(parsers.parse('Ada changes her display name to "{name}"'))
def change_display_name(people, responses, name):
    responses["Ada"] = change_profile(people["Ada"], display_name=name)


@when("Ada removes her display name")
def remove_display_name(people, responses):
    responses["Ada"] = change_profile(people["Ada"], display_name=None)


@when(parsers.parse('Ada changes her username to "{username}"'))
def change_username(preconditions, people, responses, username):
    username = preconditions.make_unique(username)
    responses["Ada"] = change_profile(people["Ada"], username=username)


@when("Ada changes her username to Grace's username")
def change_to_registered_username(people, responses):
    responses["Ada"] = change_profile(people["Ada"], username=people["Grace"].username)


@when(parsers.parse('Ada changes her password to "{password}"'))
def change_own_password(people, responses, password):
    responses["Ada"] = change_password(people["Ada"], people["Ada"].password, password)


@when("Mallory changes the password on Ada's laptop with a wrong current password")
def guess_current_password(people, responses):
    responses["Mallory"] = change_password(people["Ada"], "is it her birthday", NEW_PASSWORD)


@then("Ada has the tokens of a new session")
def check_new_session(people, responses):
    ada = use_tokens(people["Ada"], responses["Ada"])
    assert ada.session_id != people["Ada"].session_id
    assert read_own_account(ada)["username"] == ada.username


@then("the session on Ada's phone has ended")
def check_phone_is_logged_out(phone):
    assert not has_session(phone)


@then("the session on Ada's phone has not ended")
def check_phone_is_logged_in(phone):
    assert has_session(phone)
