from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from api.core.database import transaction
from api.sessions import service as sessions
from features.access_tokens import expire_token
from features.common.accounts import get_account_path
from features.errors import get_error_codes
from features.personas import has_session, log_in, read_own_account, use_tokens
from features.sessions.devices import USER_AGENTS, Device

scenarios(".")

SCOPES = {
    "her phone": "local",
    "all devices except her phone": "others",
    "all devices from her phone": "global",
}
PHONE, LAPTOP, THIEF = "Ada's phone", "Ada's laptop", "Mallory"


def get_sessions_path(person):
    return f"{get_account_path(person)}/sessions"


@pytest.fixture
def devices():
    """Return all devices of the scenario, by name."""
    return {}


@given(parsers.parse("Ada is logged in on her {device:w}"))
def log_in_on(people, devices, device):
    response = log_in(people["Ada"], headers={"User-Agent": USER_AGENTS[device]})
    devices[f"Ada's {device}"] = Device(use_tokens(people["Ada"], response))


@given(
    parsers.parse(
        "Ada has logged in until she has {number:d} sessions, on her laptop first and then on her "
        "phone"
    )
)
def open_many_sessions(app, people, devices, advance_clock, number):
    """Save the other sessions: the first of all is that of the account, which ends here."""
    for device in ("laptop", "phone"):
        log_in_on(people, devices, device)
        advance_clock(timedelta(seconds=1))
    kept = {devices[LAPTOP].session_id, devices[PHONE].session_id}
    person = devices[LAPTOP].person
    for each in person.get("/api/me/sessions").json["items"]:
        if each["id"] not in kept:
            person.delete(f"/api/me/sessions/{each['id']}")
    with app.app_context(), transaction():
        for _ in range(number - len(kept)):
            sessions.open_session(UUID(people["Ada"].id))
    advance_clock(timedelta(seconds=1))


@given("Ada has refreshed the session of her laptop")
def refresh_laptop(devices, advance_clock):
    assert devices[LAPTOP].refresh().status_code == 200
    advance_clock(timedelta(seconds=1))


@given("the access token on Ada's phone has expired")
def expire_access_token(devices, signing_secret):
    phone = devices[PHONE].person
    devices[PHONE].person = replace(phone, token=expire_token(phone.token, signing_secret))
    assert phone.get("/api/me").status_code == 200
    devices[PHONE].person.get("/api/me", expecting=401)


@given("Ada's phone has refreshed the session every day for 30 days")
def refresh_every_day(devices, advance_clock):
    for _ in range(29):
        advance_clock(timedelta(days=1))
        assert devices[PHONE].refresh().status_code == 200
    advance_clock(timedelta(days=1))


@given("Ada's phone refreshed the session 9 seconds ago, but the response was lost")
def lose_refresh_response(devices, advance_clock):
    assert devices[PHONE].copy().refresh().status_code == 200
    advance_clock(timedelta(seconds=9))


@given("Mallory has copied the tokens of Ada's phone")
def copy_tokens(devices):
    devices[THIEF] = devices[PHONE].copy()


@given("Mallory has forged a refresh token for the session of Ada's phone")
def forge_refresh_token(devices):
    forged = f"{devices[PHONE].session_id}.{'A' * 64}"
    devices[THIEF] = Device(replace(devices[PHONE].person, refresh_token=forged))


@given(parsers.parse("{device} refreshed the session 11 seconds ago"))
def refresh_earlier(devices, advance_clock, device):
    assert devices[device].refresh().status_code == 200
    advance_clock(timedelta(seconds=11))


@given("Ada's phone has refreshed the session twice")
def refresh_twice(devices):
    for _ in range(2):
        assert devices[PHONE].refresh().status_code == 200


@given("Mallory has used the superseded refresh token")
def reuse_refresh_token(devices):
    assert devices[THIEF].refresh().status_code == 401


@given("Ada has logged out on her phone")
def log_out_earlier(devices):
    devices[PHONE].person.post("/api/logout", expecting=204)


@when(parsers.parse("{device} refreshes the session"))
def send_refresh(devices, responses, device):
    devices["before"] = devices[device].copy()
    responses[device] = devices[device].refresh()


@when("Ada lists her sessions on her laptop")
def list_sessions(devices, responses):
    responses[LAPTOP] = devices[LAPTOP].person.get("/api/me/sessions")


@when("Ada ends the session of her phone on her laptop")
def end_session(devices):
    devices[LAPTOP].person.delete(f"/api/me/sessions/{devices[PHONE].session_id}")


@when("Ada ends all other sessions on her laptop")
def end_other_sessions(devices):
    devices[LAPTOP].person.delete("/api/me/sessions")


@when("Grace ends the session of Ada's phone as her own")
def end_session_of_another_user(people, devices, responses):
    path = f"/api/me/sessions/{devices[PHONE].session_id}"
    responses["Grace"] = people["Grace"].delete(path, expecting=None)


@when(parsers.parse("{name:w} lists Ada's sessions"))
def list_sessions_of_another_user(people, responses, name):
    path = get_sessions_path(people["Ada"])
    responses[name] = people[name].get(path, expecting=None)


@when(parsers.parse("{name:w} ends the session of Ada's phone"))
def end_session_of_user(people, devices, responses, name):
    path = f"{get_sessions_path(people['Ada'])}/{devices[PHONE].session_id}"
    responses[name] = people[name].delete(path, expecting=None)


@when("Root ends all sessions of Ada")
def end_all_sessions(people):
    people["Root"].delete(get_sessions_path(people["Ada"]))


@when("Ada logs in on her tablet")
def log_in_on_tablet(people, devices):
    log_in_on(people, devices, "tablet")


@when(parsers.parse('{name:w} assigns the role "{role}" to Ada'))
def send_role(preconditions, people, name, role):
    path = f"{get_account_path(people['Ada'])}/roles/{preconditions.make_unique(role)}"
    people[name].put(path, None, expecting=204)


@when(parsers.parse("Ada logs out on {scope}"))
def log_out(devices, responses, scope):
    path = f"/api/logout?scope={SCOPES[scope]}"
    responses[PHONE] = devices[PHONE].person.post(path, expecting=None)


@then("Ada's phone has a new access token and a new refresh token")
def check_new_tokens(devices, responses):
    assert get_error_codes(responses[PHONE]) == set()
    before, after = devices["before"].person, devices[PHONE].person
    assert before.token != after.token
    assert before.refresh_token != after.refresh_token
    assert read_own_account(after)["username"] == after.username
    assert responses[PHONE].json["expires_in"] == 15 * 60
    assert devices[PHONE].is_logged_in()


@then(parsers.re(r"(?P<device>[\w' ]+) is logged in"))
def check_logged_in(devices, device):
    assert devices[device].is_logged_in()


@then(parsers.re(r"(?P<device>[\w' ]+) is logged out"))
def check_logged_out(devices, device):
    """Neither the access token nor the refresh token may work."""
    assert not has_session(devices[device].person)


@then(
    parsers.parse('Ada\'s laptop sees that the session "{device}" ended because of a reused token')
)
def check_end_reason(responses, device):
    listed = responses[LAPTOP].json["items"]
    reasons = {item["device"]: item["end_reason"] for item in listed if item["end_reason"]}
    assert reasons == {device: "refresh_token_reused"}


@then(parsers.re(r'(?P<who>[\w\' ]+) sees the sessions "(?P<one>.+)" and "(?P<other>.+)"'))
def check_sessions(responses, who, one, other):
    assert {one, other} <= {item["device"] for item in responses[who].json["items"]}


@then(parsers.parse("Ada has {number:d} sessions"))
def check_number_of_sessions(devices, number):
    assert len(devices[LAPTOP].person.get("/api/me/sessions").json["items"]) == number


@then(parsers.parse('Ada\'s laptop sees that "{device}" is the current session'))
def check_current_session(responses, device):
    listed = responses[LAPTOP].json["items"]
    assert [item["device"] for item in listed if item["current"]] == [device]


@then(parsers.parse('Ada\'s laptop does not see the session "{device}"'))
def check_session_is_gone(responses, device):
    assert device not in [item["device"] for item in responses[LAPTOP].json["items"]]
