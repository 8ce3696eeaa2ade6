from datetime import timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import delete, update

from api.audit.models import AuditEvent, ChainEntry
from api.cli import main
from api.core import clock
from tests.support import tamper

scenarios(".")

DAYS = {"yesterday": timedelta(days=1), "today": timedelta()}


@pytest.fixture
def rollbook(app):
    def run(*arguments):
        with app.app_context():
            return CliRunner().invoke(main, ["audit", *arguments])

    return run


@pytest.fixture
def tampers(app):
    """Do what only the owner of the database can."""

    def act(*statements):
        with app.app_context():
            tamper(*statements)

    return act


def of(person):
    return AuditEvent.subject_id == UUID(person.id)


def look_up(person, **query):
    return person.get("/api/audit-events", query_string=query, expecting=None)


def subjects(answer):
    return {event["subject_id"] for event in answer.json["items"]}


@given(parsers.parse("{name:w} suspended {other:w} {day:w}"))
def suspended(people, monkeypatch, name, other, day):
    moment = clock.now() - DAYS[day]
    with monkeypatch.context() as then_:
        then_.setattr(clock, "now", lambda: moment)
        people[name].patch(f"/api/users/{people[other].id}", {"status": "suspended"})


@given("Mallory tried to delete Ada's account")
def tried_to_delete(people):
    people["Mallory"].delete(f"/api/users/{people['Ada'].id}", expecting=403)


@given("the trail has been sealed, and the seal been noted", target_fixture="noted")
def has_been_sealed(rollbook):
    return rollbook("seal").stdout.strip()


@given("somebody has put the blame for Ada on another")
def blames_another(people, tampers):
    another = {"actor_id": UUID(people["Hedy"].id)}
    tampers(update(AuditEvent).where(of(people["Ada"])).values(another))


@given("somebody has taken out what became of Ada")
def takes_out(people, tampers):
    tampers(delete(AuditEvent).where(of(people["Ada"])))


@given("somebody has cut off the end")
def cuts_off(people, tampers):
    last = ChainEntry.position > 1
    tampers(delete(AuditEvent).where(of(people["Grace"])), delete(ChainEntry).where(last))


@given("somebody has changed it and sealed it anew")
def seals_anew(people, tampers, rollbook):
    blames_another(people, tampers)
    tampers(delete(ChainEntry))
    rollbook("seal", "--all")


@when(parsers.parse("{name:w} looks up what became of Ada"), target_fixture="answer")
def looks_up_what_became_of(people, name):
    return look_up(people[name], subject=people["Ada"].id)


@when("Alan looks up what Root has done", target_fixture="answer")
def looks_up_what_somebody_did(people):
    return look_up(people["Alan"], actor=people["Root"].id)


@when("Alan looks up what happened today", target_fixture="answer")
def looks_up_today(people):
    return look_up(people["Alan"], after=(clock.now() - timedelta(hours=12)).isoformat())


@when("Alan looks up who tried what they may not", target_fixture="answer")
def looks_up_denials(people):
    return look_up(people["Alan"], action="access.denied")


@when("the trail is verified", target_fixture="verified")
def is_verified(rollbook, noted):
    return rollbook("verify", "--head", noted)


@then("he learns that Root suspended her")
def learns_who(people, answer):
    [event] = answer.json["items"]
    assert (event["actor_id"], event["subject_id"]) == (people["Root"].id, people["Ada"].id)
    assert event["action"] == "user.suspended"


@then(parsers.parse("he learns of {name:w} and not of {other:w}"))
def learns_of(people, answer, name, other):
    assert people[name].id in subjects(answer)
    assert people[other].id not in subjects(answer)


@then("he learns that Mallory did")
def learns_who_tried(people, answer):
    assert [event["actor_id"] for event in answer.json["items"]] == [people["Mallory"].id]


@then("nothing is found wrong")
def holds(verified):
    assert (verified.exit_code, verified.stdout) == (0, "")


@then("one event is not sealed yet")
def is_not_sealed(verified):
    assert verified.stderr.startswith("1 not sealed yet")


@then("it is noticed")
def is_noticed(verified):
    assert verified.exit_code == 1
    assert verified.stdout
