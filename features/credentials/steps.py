from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from api.core import clock
from features.errors import get_error_codes
from features.personas import (
    INVALID_CREDENTIALS,
    WRONG_PASSWORD,
    can_log_in,
    log_in,
    make_newcomer,
    read_own_account,
    use_tokens,
)
from features.preconditions import assign_role, create_role

scenarios(".")

NEW_PASSWORD = "an engine that weaves algebra"


@pytest.fixture
def temporary_passwords():
    """Return the temporary passwords of the scenario, by the name of the user."""
    return {}


def get_path(person, part):
    return f"/api/users/{person.id}/{part}"


def give_password(people, temporary_passwords, name, other):
    """Ask for a temporary password, and note it down as the administrator does."""
    path = get_path(people[other], "password")
    response = people[name].put(path, {"generate": True}, expecting=None)
    if response.status_code == 200:
        temporary_passwords[other] = response.json["password"]
    return response


def create_account(people, name):
    grace = people[name]
    body = {"username": grace.username, "email": grace.email}
    response = people["Root"].post("/api/users", body)
    people[name] = replace(grace, id=response.json["id"])
    return response


@given(parsers.parse("Root has given {name:w} a temporary password"))
def have_given_password(people, temporary_passwords, name):
    assert give_password(people, temporary_passwords, "Root", name).status_code == 200


@given("Ada has logged in with the temporary password")
def have_logged_in(people, temporary_passwords):
    people["Ada"] = use_tokens(people["Ada"], log_in(people["Ada"], temporary_passwords["Ada"]))


@given(parsers.parse("{days:d} days have passed"))
def wait(advance_clock, days):
    advance_clock(timedelta(days=days))


@given("Root has created an account for Grace without a password")
def have_created_account(people, client):
    people["Grace"] = make_newcomer("Grace", client)
    create_account(people, "Grace")


@given(parsers.parse("Mallory has tried {count:d} wrong passwords for Ada's account"))
def try_wrong_passwords(people, count):
    for _ in range(count):
        assert get_error_codes(log_in(people["Ada"], WRONG_PASSWORD)) == INVALID_CREDENTIALS


@given(
    parsers.re('(?:the )?(?P<name>\\w+) has an account with the permission "(?P<permission>.+)"')
)
def create_account_with_permission(app, people, person, name, permission):
    people[name] = person(name)
    create_role(app, "assistant", permission)
    assign_role(app, people[name], "assistant")


@when(parsers.parse("{name:w} gives {other:w} a temporary password"))
def send_password(people, responses, temporary_passwords, name, other):
    responses[name] = give_password(people, temporary_passwords, name, other)


@when("Ada changes her display name")
def change_display_name(people, responses):
    responses["Ada"] = people["Ada"].patch("/api/me", {"display_name": "Ada King"}, expecting=None)


@when("Ada chooses a new password")
def choose_password(people, responses, temporary_passwords):
    body = {"current_password": temporary_passwords["Ada"], "new_password": NEW_PASSWORD}
    responses["Ada"] = people["Ada"].post("/api/me/password", body, expecting=None)


@when("Ada logs in with the temporary password")
def log_in_with_temporary_password(people, responses, temporary_passwords):
    responses["Ada"] = log_in(people["Ada"], temporary_passwords["Ada"])


@when("the Shop asks whether Ada's token is active")
def introspect_token(people, responses):
    body = {"token": people["Ada"].token}
    responses["the Shop"] = people["Shop"].post("/api/introspect", body, expecting=200)


@when("Root creates an account for Grace without a password")
def send_account(people, responses):
    responses["Root"] = create_account(people, "Grace")


@when("Root reads the failed logins of Ada")
def read_failed_logins(people, responses):
    responses["Root"] = people["Root"].get(get_path(people["Ada"], "login-attempts"))


@when("Root ends the pause of Ada")
def end_pause(people, responses):
    responses["Root"] = people["Root"].delete(get_path(people["Ada"], "login-attempts"))


@then("Root sees the temporary password")
def check_shown(responses, temporary_passwords):
    assert responses["Root"].json["password"] == temporary_passwords["Ada"] != ""


@then(parsers.parse("{name:w} can log in with the temporary password"))
def check_login(people, temporary_passwords, name):
    assert can_log_in(people[name], temporary_passwords[name])


@then("Ada cannot log in with the temporary password")
def check_no_login(people, temporary_passwords):
    assert not can_log_in(people["Ada"], temporary_passwords["Ada"])


@then("Ada is logged in with the new password")
def check_new_password(people, responses):
    assert read_own_account(use_tokens(people["Ada"], responses["Ada"]))["username"] == "Ada"
    assert can_log_in(people["Ada"], NEW_PASSWORD)


@then("the Shop sees that the token is not active")
def check_not_active(responses):
    assert responses["the Shop"].json == {"active": False}


@then("Root sees that Grace has no password yet")
def check_without_password(responses):
    assert responses["Root"].json["has_password"] is False


@then("Root sees 5 failed logins and a pause of at most 5 minutes")
def check_pause(responses):
    attempts = responses["Root"].json
    pause = datetime.fromisoformat(attempts["paused_until"]) - clock.now()
    assert attempts["attempts"] == 5
    assert timedelta() < pause <= timedelta(minutes=5)
