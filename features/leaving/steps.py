from uuid import UUID

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from features.common.accounts import get_account_path
from features.personas import log_in, read_own_account, register, use_tokens
from tests.support import anonymous

scenarios(".")

ROOT_ADDRESS, MALLORY_ADDRESS = "203.0.113.7", "203.0.113.66"


@pytest.fixture
def find_link(people, find_mails):
    """Return a function that returns the token of the mail that undoes Ada's deletion."""
    return lambda: find_mails(people["Ada"], "a deletion")[-1].token


def export(person, **query):
    return person.get("/api/me/export", query_string=query, expecting=None)


def undo(person, token):
    return anonymous(person.client).post("/api/account/restore", {"token": token}, expecting=None)


def find_deleted(people):
    page = people["Root"].get("/api/users", query_string={"deleted": "true"}).json
    return [user["id"] for user in page["items"]]


@given(parsers.re(r"Root has changed Ada's e-mail address (?P<number>\d+) times?"))
def change_often(preconditions, people, number):
    for place in range(int(number)):
        email = preconditions.make_unique(f"ada{place}@example.org")
        environment = {"REMOTE_ADDR": ROOT_ADDRESS}
        people["Root"].patch(
            get_account_path(people["Ada"]), {"email": email}, environ_overrides=environment
        )
    people["Ada"] = use_tokens(people["Ada"], log_in(people["Ada"]))


@given("Mallory has tried to log in as Ada")
def have_guessed(people):
    ada = people["Ada"]
    anonymous(ada.client).post(
        "/api/login",
        {"username": ada.username, "password": "a guess"},
        environ_overrides={"REMOTE_ADDR": MALLORY_ADDRESS},
        expecting=401,
    )


@given("Ada has deleted her own account")
def have_deleted(people):
    people["Ada"].delete("/api/me")


@given("Ada has undone the deletion with the link")
def have_undone(people, find_link):
    assert undo(people["Ada"], find_link()).status_code == 204


@given("Adele has registered with Ada's username")
def have_registered(people, preconditions):
    people["Adele"] = preconditions.make_newcomer("Adele")
    assert register(people["Adele"], username=people["Ada"].username).status_code < 300


@when("Ada exports her data")
def send_export(people, responses):
    responses["Ada"] = export(people["Ada"])


@when(parsers.parse("Ada exports her data in pages of {size:d} events"), target_fixture="events")
def send_exports(people, size):
    events, cursor = [], {}
    while True:
        page = export(people["Ada"], limit=size, **cursor).json
        events += page["audit_events"]
        if page["next"] is None:
            return events
        cursor = {"cursor": page["next"]}


@when("Ada undoes the deletion with the link")
def send_link(people, responses, find_link):
    responses["Ada"] = undo(people["Ada"], find_link())


@when("Mallory undoes the deletion with a link that she has guessed")
def guess_link(people, responses):
    responses["Mallory"] = undo(people["Ada"], "x" * 43)


@when("Alan searches the events about Ada's account")
def search_events(people, responses):
    query = {"subject": people["Ada"].id}
    responses["Alan"] = people["Alan"].get("/api/audit-events", query_string=query)


@then(parsers.parse('Ada sees her account with the display name "{name}" and the role "{role}"'))
def check_account(people, responses, name, role):
    user = responses["Ada"].json["user"]
    assert (user["id"], user["display_name"]) == (people["Ada"].id, name)
    assert role in user["roles"]


@then("Ada sees her session")
def check_session(people, responses):
    found = [session["id"] for session in responses["Ada"].json["sessions"]]
    assert people["Ada"].session_id in found


@then(parsers.parse('Ada sees the event "{event}"'))
def check_event(responses, event):
    assert event in [each["action"] for each in responses["Ada"].json["audit_events"]]


@then(parsers.parse("Ada sees {number:d} changes of her account, each of them once"))
def check_changes(events, number):
    changes = [event["id"] for event in events if event["action"] == "user.updated"]
    assert len(changes) == len(set(changes)) == number


@then("Ada sees no IP address of Root")
def check_no_address(responses):
    assert ROOT_ADDRESS not in responses["Ada"].text
    assert "user.updated" in responses["Ada"].text


@then("Ada sees no IP address of Mallory")
def check_no_address_of_stranger(responses):
    assert MALLORY_ADDRESS not in responses["Ada"].text


@then("Ada sees no password hash")
def check_no_hash(responses):
    assert "$argon2" not in responses["Ada"].text


@then(parsers.re(r"Root (?P<finds>finds|does not find) Ada among the deleted users"))
def check_deleted(people, finds):
    assert (people["Ada"].id in find_deleted(people)) == (finds == "finds")


@then(parsers.parse('Alan sees the events "{first}" and "{second}"'))
def check_events(responses, first, second):
    found = {event["action"] for event in responses["Alan"].json["items"]}
    assert {first, second} <= found


@then("Alan sees neither the name nor the e-mail address of Ada")
def check_no_names(people, responses):
    text = responses["Alan"].text.casefold()
    assert people["Ada"].email.casefold() not in text
    assert people["Ada"].username.casefold() not in text


@then("Ada has an account with another id")
def check_other_id(people):
    ada = use_tokens(people["Ada"], log_in(people["Ada"]))
    assert UUID(read_own_account(ada)["id"]) != UUID(people["Ada"].id)
