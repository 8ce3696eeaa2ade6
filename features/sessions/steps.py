from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from api.core import clock
from features.people import api_errors, log_in
from tests.support import Person

scenarios(".")

AGENTS = {
    "her phone": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
    "her laptop": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
SCOPES = {"here": "local", "elsewhere": "others", "everywhere": "global"}


@dataclass
class Device:
    """Something with a session of its own."""

    person: Person
    answer: dict[str, str]

    def ask(self, method, path, **options):
        owner = replace(self.person, token=self.answer["access_token"])
        return owner.ask(method, path, expecting=None, **options)

    def refresh(self):
        body = {"refresh_token": self.answer["refresh_token"]}
        answer = replace(self.person, token=None).post("/api/refresh", body, expecting=None)
        if answer.status_code == 200:
            self.answer = answer.json
        return answer

    def is_logged_in(self):
        return self.ask("GET", "/api/me").status_code == 200


@pytest.fixture
def devices():
    return {}


@pytest.fixture
def later(monkeypatch):
    """Let time pass."""
    now = clock.now
    passed = []
    monkeypatch.setattr(clock, "now", lambda: now() + sum(passed, timedelta()))
    return passed.append


@given(parsers.parse("Ada has logged in on {device}"))
def has_logged_in_on(people, devices, device):
    answer = log_in(people["Ada"], headers={"User-Agent": AGENTS[device]})
    devices[device] = Device(people["Ada"], answer.json)


@given("her access token has run out")
def access_token_has_run_out(devices):
    devices["her phone"].answer["access_token"] = "spent"


@given("the answer to her phone's last refresh got lost")
def answer_got_lost(devices):
    replace(devices["her phone"]).refresh()


@given("a week has passed")
def week_has_passed(later):
    later(timedelta(days=7, seconds=1))


@given("her phone has refreshed its session every day for a month")
def refreshed_every_day(devices, later):
    for _ in range(29):
        later(timedelta(days=1))
        assert devices["her phone"].refresh().status_code == 200
    later(timedelta(days=1, seconds=1))


@given("a thief has copied the refresh token of her phone")
def has_copied(devices):
    devices["the thief"] = replace(devices["her phone"])


@when("her phone refreshes its session", target_fixture="answer")
@when("her phone refreshes its session with what it still has", target_fixture="answer")
def refreshes(devices):
    devices["before"] = replace(devices["her phone"])
    return devices["her phone"].refresh()


@when(
    parsers.parse("{first} refreshes the session, goes on for a while, and then {second} does"),
    target_fixture="answer",
)
def both_refresh(devices, later, first, second):
    assert devices[first].refresh().status_code == 200
    later(timedelta(minutes=10))
    assert devices[first].refresh().status_code == 200
    return devices[second].refresh()


@when("somebody makes up a refresh token for the session of her phone", target_fixture="answer")
def makes_up(devices):
    session, _, _ = devices["her phone"].answer["refresh_token"].partition(".")
    made_up = {"refresh_token": f"{session}.{'A' * 64}", "access_token": ""}
    return Device(devices["her phone"].person, made_up).refresh()


@when("Ada looks on her laptop where she is logged in", target_fixture="answer")
def looks(devices):
    return devices["her laptop"].ask("GET", "/api/me/sessions")


@when("Ada ends the session of her phone on her laptop")
def ends_session(devices):
    ended = devices["her phone"].answer["refresh_token"].partition(".")[0]
    assert devices["her laptop"].ask("DELETE", f"/api/me/sessions/{ended}").status_code == 204


@when("Grace ends the session of Ada's phone", target_fixture="answer")
def ends_anothers(people, devices):
    session = devices["her phone"].answer["refresh_token"].partition(".")[0]
    return people["Grace"].delete(f"/api/me/sessions/{session}", expecting=None)


@when("Ada logs out everywhere else on her laptop")
def logs_out_elsewhere(devices):
    assert devices["her laptop"].ask("DELETE", "/api/me/sessions").status_code == 204


@when("Root logs Ada out everywhere")
def is_logged_out(people):
    people["Root"].delete(f"/api/users/{people['Ada'].id}/sessions")


@given(parsers.parse("Ada has logged out {where} on her phone"))
@when(parsers.parse("Ada logs out {where} on her phone"), target_fixture="answer")
def logs_out(devices, where):
    return devices["her phone"].ask("POST", f"/api/logout?scope={SCOPES[where]}")


@then("she is not turned away")
def is_not_turned_away(answer):
    assert answer.status_code == 204


@then("her phone is logged in")
def phone_is_logged_in(devices):
    assert devices["her phone"].is_logged_in()


@then(parsers.parse("{device} is still logged in"))
def is_still_logged_in(devices, device):
    assert devices[device].is_logged_in()
    assert devices[device].refresh().status_code == 200


@then(parsers.parse("{device} is no longer logged in"))
def is_no_longer_logged_in(devices, device):
    assert not devices[device].is_logged_in()
    assert devices[device].refresh().status_code == 401


@then("neither the thief nor her phone is logged in")
def neither_is(devices):
    for device in ("the thief", "her phone"):
        is_no_longer_logged_in(devices, device)


@then("the access tokens of before and after both name Ada")
def both_name_her(devices):
    for device in ("before", "her phone"):
        answer = devices[device].ask("GET", "/api/me")
        assert answer.json["username"] == devices[device].person.username


@then("no refresh token is given out twice")
def is_another(devices):
    given_out = {devices[device].answer["refresh_token"] for device in ("before", "her phone")}
    assert len(given_out) == 2


@then("the second is told that a refresh token was stolen")
def is_told_of_theft(answer):
    assert api_errors(answer) == {"refresh_token_reused"}


@then("her laptop shows that a session ended because a refresh token was stolen")
def shows_theft(devices):
    items = devices["her laptop"].ask("GET", "/api/me/sessions").json["items"]
    assert [item["device"] for item in items if item["end_reason"]] == ["Safari on iPhone"]
    assert {item["end_reason"] for item in items} == {None, "refresh_token_reused"}


@then(parsers.parse('she sees "{one}" and "{other}"'))
def sees(answer, one, other):
    assert {one, other} <= {item["device"] for item in answer.json["items"]}


@then(parsers.parse('"{device}" is where she is looking from'))
def looks_from(answer, device):
    assert [item["device"] for item in answer.json["items"] if item["current"]] == [device]
