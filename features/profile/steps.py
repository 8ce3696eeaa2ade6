from pytest_bdd import given, parsers, scenarios, then, when

from features.errors import ERROR_CODES, get_error_codes
from features.personas import (
    WRONG_PASSWORD,
    log_in,
    read_own_account,
    register,
    use_tokens,
)

scenarios(".")

DECEPTIVE_NAMES = {
    "an invisible space": "Ada\u200b",
    "a soft hyphen": "A\u00adda",
}
LOCALES = {
    "Austrian German": "de-AT",
    "Brazilian Portuguese": "pt-BR",
    "German": "de",
    "Icelandic": "is",
}
WRONG = ERROR_CODES["the current password is wrong"]
NEW_PASSWORD = "an engine that weaves algebra"


def change_password(person, current_password, new_password):
    body = {"current_password": current_password, "new_password": new_password}
    return person.post("/api/me/password", body, expecting=None)


def enter_password(person, password):
    return person.post("/api/me/reauthenticate", {"password": password}, expecting=None)


def change_profile(person, **changes):
    return person.patch("/api/me", changes, expecting=None)


@when(parsers.parse('Ada changes her display name to "{name}"'))
def change_display_name(people, responses, name):
    responses["Ada"] = change_profile(people["Ada"], display_name=name)


@given(parsers.parse("Mallory has entered {number:d} wrong passwords on Grace's device"))
def enter_wrong_passwords(people, number):
    for _ in range(number):
        assert get_error_codes(enter_password(people["Grace"], WRONG_PASSWORD)) == {WRONG}


@when("Grace enters a wrong password")
def confirm_wrong_password(people, responses):
    responses["Grace"] = enter_password(people["Grace"], WRONG_PASSWORD)


@then("Grace can delete her own account")
def check_deletion(people):
    people["Grace"].delete("/api/me", expecting=204)


@then("Grace cannot delete her own account")
def check_no_deletion(people):
    response = people["Grace"].delete("/api/me", expecting=None)
    assert get_error_codes(response) == {ERROR_CODES["the password must be confirmed"]}


@when(parsers.parse("Ada changes her display name to one with {character}"))
def change_to_deceptive_name(people, responses, character):
    responses["Ada"] = change_profile(people["Ada"], display_name=DECEPTIVE_NAMES[character])


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


@when("Ada changes her password to the same password")
def keep_password(people, responses):
    ada = people["Ada"]
    responses["Ada"] = change_password(ada, ada.password, ada.password)


@when("Mallory changes the password on Ada's laptop with a wrong current password")
def guess_current_password(people, responses):
    responses["Mallory"] = change_password(people["Ada"], "is it her birthday", NEW_PASSWORD)


@then("Ada has the tokens of a new session")
def check_new_session(people, responses):
    ada = use_tokens(people["Ada"], responses["Ada"])
    assert ada.session_id != people["Ada"].session_id
    assert read_own_account(ada)["username"] == ada.username


@when(parsers.re(r"Ada registers with an app in (?P<language>.+)"))
def register_in_language(people, responses, language):
    headers = {"Accept-Language": f"{LOCALES[language]}, *;q=0.1"}
    responses["Ada"] = register(people["Ada"], headers=headers)


@when(parsers.re(r"Ada chooses (?P<language>.+)"))
def choose_language(people, responses, language):
    responses["Ada"] = change_profile(people["Ada"], locale=LOCALES[language])


@then("the language of Ada is not known")
def check_unknown_language(people):
    assert read_locale(people["Ada"]) is None


@then(parsers.re(r"the language of Ada is (?P<language>[A-Z].+)"))
def check_language(people, language):
    assert read_locale(people["Ada"]) == LOCALES[language]


def read_locale(person):
    logged_in = use_tokens(person, log_in(person))
    return read_own_account(logged_in)["locale"]
