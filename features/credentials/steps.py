from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from api.core import clock
from features.common.accounts import get_account_path
from features.personas import (
    can_log_in,
    log_in,
    read_own_account,
    refresh_session,
    use_tokens,
)

scenarios(".")

NEW_PASSWORD = "an engine that weaves algebra"
ACTS = {
    "changes her display name": lambda ada: ada.patch("/api/me", {"display_name": "A"}, **ANY),
    "lists her sessions": lambda ada: ada.get("/api/me/sessions", **ANY),
    "deletes her own account": lambda ada: ada.delete("/api/me", **ANY),
    "refreshes the session": refresh_session,
    "reads her own account": lambda ada: ada.get("/api/me", **ANY),
    "logs out": lambda ada: ada.post("/api/logout", **ANY),
    "reads the protected greeting": lambda ada: ada.get("/api/protected", **ANY),
}
ANY = {"expecting": None}


@pytest.fixture
def temporary_passwords():
    """Return the temporary passwords of the scenario, by the name of the user."""
    return {}


def get_path(person, part):
    return f"{get_account_path(person)}/{part}"


def give_password(people, temporary_passwords, name, other):
    """Ask for a temporary password, and note it down as the administrator does."""
    path = get_path(people[other], "password")
    response = people[name].put(path, {"generate": True}, expecting=None)
    if response.status_code == 200:
        temporary_passwords[other] = response.json["password"]
    return response


def create_account(people, name):
    newcomer = people[name]
    body = {"username": newcomer.username, "email": newcomer.email}
    response = people["Root"].post("/api/users", body)
    people[name] = replace(newcomer, id=response.json["id"])
    return response


def choose_password(people, temporary_passwords, new_password):
    body = {"current_password": temporary_passwords["Ada"], "new_password": new_password}
    return people["Ada"].post("/api/me/password", body, expecting=None)


@given(parsers.parse("Root has given {name:w} a temporary password"))
def have_given_password(people, temporary_passwords, name):
    assert give_password(people, temporary_passwords, "Root", name).status_code == 200


@given("Ada has logged in with the temporary password")
def have_logged_in(people, temporary_passwords):
    people["Ada"] = use_tokens(people["Ada"], log_in(people["Ada"], temporary_passwords["Ada"]))


@given("Root has created an account for Grace without a password")
def have_created_account(people, preconditions):
    people["Grace"] = preconditions.make_newcomer("Grace")
    create_account(people, "Grace")


@when(parsers.re(r"(?P<name>\w+) gives (?P<other>\w+|himself) a temporary password"))
def send_password(people, responses, temporary_passwords, name, other):
    user = name if other == "himself" else other
    responses[name] = give_password(people, temporary_passwords, name, user)


@when(parsers.parse("Ada {act} before she chooses a new password"))
def act_first(people, responses, act):
    responses["Ada"] = ACTS[act](people["Ada"])


@when("Ada chooses a new password")
def send_new_password(people, responses, temporary_passwords):
    responses["Ada"] = choose_password(people, temporary_passwords, NEW_PASSWORD)


@when("Ada chooses the temporary password as the new password")
def send_same_password(people, responses, temporary_passwords):
    same = temporary_passwords["Ada"]
    responses["Ada"] = choose_password(people, temporary_passwords, same)


@when("Ada logs in with the temporary password")
def log_in_with_temporary_password(people, responses, temporary_passwords):
    responses["Ada"] = log_in(people["Ada"], temporary_passwords["Ada"])


@when("Root creates an account for Grace without a password")
def send_account(people, responses):
    responses["Root"] = create_account(people, "Grace")


@when("Root reads the failed logins of Ada")
def read_failed_logins(people, responses):
    responses["Root"] = people["Root"].get(get_path(people["Ada"], "login-attempts"))


@when("Root ends the pause of Ada")
def end_pause(people, responses):
    responses["Root"] = people["Root"].delete(get_path(people["Ada"], "login-attempts"))


@then("Root sees a temporary password, which Ada can log in with")
def check_password_is_returned(people, responses):
    assert can_log_in(people["Ada"], responses["Root"].json["password"])


@then("Root does not see the temporary password when he reads Ada's account")
def check_password_is_not_shown_again(people, temporary_passwords):
    account = people["Root"].get(get_account_path(people["Ada"]))
    assert temporary_passwords["Ada"] not in account.text + str(account.headers)


@then(parsers.parse("{name:w} can log in with the temporary password"))
def check_login(people, temporary_passwords, name):
    assert can_log_in(people[name], temporary_passwords[name])


@then("Ada cannot log in with the temporary password")
def check_no_login(people, temporary_passwords):
    assert not can_log_in(people["Ada"], temporary_passwords["Ada"])


@then("Ada is logged in with the new password")
def check_new_password(people, responses):
    ada = use_tokens(people["Ada"], responses["Ada"])
    assert read_own_account(ada)["id"] == ada.id
    assert can_log_in(ada, NEW_PASSWORD)


@then("Ada is logged in, and is asked for a new password")
def check_password_must_be_changed(people, responses):
    ada = use_tokens(people["Ada"], responses["Ada"])
    assert responses["Ada"].json["must_change_password"] is True
    assert read_own_account(ada)["id"] == ada.id


@then("Root sees that Grace has no password yet")
def check_without_password(responses):
    assert responses["Root"].json["has_password"] is False


@then(
    parsers.parse("Root sees {number:d} failed logins and a pause of at most {minutes:d} minutes")
)
def check_pause(responses, number, minutes):
    attempts = responses["Root"].json
    pause = datetime.fromisoformat(attempts["paused_until"]) - clock.now()
    assert attempts["attempts"] == number
    assert timedelta() < pause <= timedelta(minutes=minutes)


@then("Root sees the network of the failed logins")
def check_network(people, responses):
    """Root sends his requests from the same network as Mallory."""
    events = people["Root"].get("/api/audit-events?action=login.failed&limit=1").json["items"]
    [shown] = responses["Root"].json["networks"]
    assert ip_address(events[0]["address"]) in ip_network(shown["network"])
    assert shown["paused_until"] == responses["Root"].json["paused_until"]
