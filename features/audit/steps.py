from datetime import datetime, timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import delete, update

from api.audit.models import AuditEvent, ChainEntry
from api.audit.verification import DamageKind
from api.cli import main
from api.core import clock
from features.preconditions import set_clock_back, suspend_user
from tests.support import tamper

scenarios(".")

AGES = {"yesterday": timedelta(days=1), "today": timedelta()}
REPORTS = {
    "an event was changed": DamageKind.EVENT_CHANGED,
    "an event is missing": DamageKind.EVENT_MISSING,
    "the end is missing": DamageKind.ENTRY_MISSING,
    "the chain head is different": DamageKind.OTHER_HEAD,
}


@pytest.fixture
def run_audit_command(app):
    """Return a function that runs a subcommand of ``rollbook audit``."""

    def run(*arguments):
        with app.app_context():
            return CliRunner().invoke(main, ["audit", *arguments])

    return run


@pytest.fixture
def change_rows(app):
    """Return a function that changes rows as only the owner of the database can."""

    def change(*statements):
        with app.app_context():
            tamper(*statements)

    return change


def match_subject(person):
    return AuditEvent.subject_id == UUID(person.id)


def search_events(person, **query):
    return person.get("/api/audit-events", query_string=query, expecting=None)


@given(parsers.parse("{name:w} suspended {other:w} {day:w}"))
def suspend_earlier(app, people, monkeypatch, name, other, day):
    with set_clock_back(monkeypatch, AGES[day]):
        suspend_user(app, people[other], by=people[name])


@given("Mallory has tried to delete Ada's account")
def try_deletion(people):
    people["Mallory"].delete(f"/api/users/{people['Ada'].id}", expecting=403)


@given(
    "Alan has sealed the audit log and stored the chain head elsewhere", target_fixture="chain_head"
)
def seal_audit_log(run_audit_command):
    return run_audit_command("seal").stdout.strip()


@given("Mallory has replaced Root by Hedy in an event")
def change_event(people, change_rows):
    forged = {"actor_id": UUID(people["Hedy"].id)}
    change_rows(update(AuditEvent).where(match_subject(people["Ada"])).values(forged))


@given("Mallory has deleted an event")
def delete_event(people, change_rows):
    change_rows(delete(AuditEvent).where(match_subject(people["Ada"])))


@given("Mallory has deleted the last event and its seal")
def delete_last_event(people, change_rows):
    is_last = ChainEntry.position > 1
    change_rows(
        delete(AuditEvent).where(match_subject(people["Grace"])), delete(ChainEntry).where(is_last)
    )


@given("Mallory has replaced an event and sealed all of them")
def seal_again(people, change_rows, run_audit_command):
    change_event(people, change_rows)
    change_rows(delete(ChainEntry))
    run_audit_command("seal", "--all")


@when(parsers.parse("{name:w} searches for events that affect {other:w}"))
def search_by_subject(people, responses, name, other):
    responses[name] = search_events(people[name], subject=people[other].id)


@when(parsers.parse("Alan searches for events that {other:w} caused"))
def search_by_principal(people, responses, other):
    responses["Alan"] = search_events(people["Alan"], actor=people[other].id)


@when("Alan searches for suspensions of the last 12 hours")
def search_by_time(people, responses):
    start = (clock.now() - timedelta(hours=12)).isoformat()
    responses["Alan"] = search_events(people["Alan"], action="user.suspended", after=start)


@when("Alan searches for denied requests")
def search_denials(people, responses):
    responses["Alan"] = search_events(people["Alan"], action="access.denied")


@when("Alan verifies the audit log", target_fixture="verification")
def verify_audit_log(run_audit_command, chain_head):
    return run_audit_command("verify", "--head", chain_head)


@then(parsers.parse("Alan sees exactly that {name:w} suspended {other:w} {day:w}"))
def check_suspension(people, responses, name, other, day):
    [event] = responses["Alan"].json["items"]
    assert (event["actor_id"], event["subject_id"]) == (people[name].id, people[other].id)
    assert event["action"] == "user.suspended"
    age = clock.now() - datetime.fromisoformat(event["at"])
    assert abs(age - AGES[day]) < timedelta(hours=1)


@then(parsers.parse("Alan sees exactly that {name:w} was denied access"))
def check_denial(people, responses, name):
    [event] = responses["Alan"].json["items"]
    assert (event["action"], event["actor_id"]) == ("access.denied", people[name].id)


@then("Alan sees no change")
def check_no_change(verification):
    assert (verification.exit_code, verification.stdout) == (0, "")


@then(parsers.re(r"Alan sees that (?P<number>\d+) events? (?:is|are) not sealed yet"))
def check_unsealed_events(verification, number):
    assert verification.stderr.startswith(f"{number} not sealed yet")


@then(parsers.re("Alan sees that (?P<report>an event .+|the (?:end|chain head) .+)"))
def check_report(verification, report):
    [line] = verification.stdout.splitlines()
    assert REPORTS[report] in line
    assert verification.exit_code == 1
