from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from api.audit.models import AuditEvent, ChainEntry
from api.audit.verification import DamageKind
from api.cli import main
from api.core import clock
from api.core.database import db, in_transaction
from features.common.accounts import get_account_path
from features.preconditions import set_clock_back, suspend_user
from tests.support import tamper

scenarios(".")

API_KEYS = "/api/me/api-keys"

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


@given(parsers.re(r"Mallory has tried to delete Ada's account(?: (?P<number>\d+) times)?"))
def try_deletion(people, number):
    for _ in range(int(number or 1)):
        people["Mallory"].delete(get_account_path(people["Ada"]), expecting=403)


@given("Alan has found the event of it", target_fixture="event_id")
def find_event(people):
    query = {"subject": people["Ada"].id, "action": "user.suspended"}
    [event] = search_events(people["Alan"], **query).json["items"]
    return event["id"]


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


@given(
    parsers.parse('Root has an API key with the permission "{permission}"'),
    target_fixture="api_key",
)
def have_api_key(people, permission):
    return people["Root"].post(API_KEYS, {"name": "Report", "scopes": [permission]}).json


@given("Root's program has suspended Ada")
def suspend_by_program(people, api_key):
    program = replace(people["Root"], token=api_key["key"], refresh_token=None)
    program.patch(get_account_path(people["Ada"]), {"status": "suspended"})


@given("Root has revoked the API key")
def revoke_api_key(people, api_key):
    people["Root"].delete(f"{API_KEYS}/{api_key['id']}")


@when("Alan searches for events of the API key")
def search_by_api_key(people, responses, api_key):
    query = {"credential": api_key["id"], "action": "user.suspended"}
    responses["Alan"] = search_events(people["Alan"], **query)


@then("Alan sees exactly that Root's program suspended Ada")
def check_suspension_by_program(people, responses, api_key):
    [event] = responses["Alan"].json["items"]
    assert_suspension(event, people["Root"], people["Ada"], "today")
    assert (event["actor_kind"], event["credential_id"]) == ("user", api_key["id"])


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


@when("Alan searches for Mallory's denied requests")
def search_denials(people, responses):
    query = {"action": "access.denied", "actor": people["Mallory"].id}
    responses["Alan"] = search_events(people["Alan"], **query)


@when(parsers.parse("{name:w} reads the event"))
def read_event(people, responses, name, event_id):
    responses[name] = people[name].get(f"/api/audit-events/{event_id}", expecting=None)


@when("Alan reads an event that does not exist")
def read_unknown_event(people, responses):
    read_event(people, responses, "Alan", people["Ada"].id)


@when(
    parsers.parse("Mallory {acts} the event as the service accesses the database"),
    target_fixture="rejection",
)
def change_event_without_rights(app, people, acts):
    is_event = match_subject(people["Ada"])
    statements = {
        "changes": update(AuditEvent).where(is_event).values(event="user.updated"),
        "deletes": delete(AuditEvent).where(is_event),
    }
    with app.app_context(), pytest.raises(DBAPIError) as rejection:
        in_transaction(lambda: db.session.execute(statements[acts]))
    return rejection


@when("Alan verifies the audit log", target_fixture="verification")
def verify_audit_log(run_audit_command, chain_head):
    return run_audit_command("verify", "--head", chain_head)


@then(parsers.parse("Alan sees exactly that {name:w} suspended {other:w} {day:w}"))
def check_only_suspension(people, responses, name, other, day):
    [event] = responses["Alan"].json["items"]
    assert_suspension(event, people[name], people[other], day)


@then(parsers.parse("Alan sees in the event that {name:w} suspended {other:w} {day:w}"))
def check_suspension(people, responses, name, other, day):
    assert_suspension(responses["Alan"].json, people[name], people[other], day)


def assert_suspension(event, principal, subject, day):
    assert (event["actor_id"], event["subject_id"]) == (principal.id, subject.id)
    assert event["action"] == "user.suspended"
    age = clock.now() - datetime.fromisoformat(event["at"])
    assert abs(age - AGES[day]) < timedelta(hours=1)


@then(parsers.parse('Alan sees exactly that {name:w} lacked the permission "{permission}"'))
def check_denial(people, responses, name, permission):
    [event] = responses["Alan"].json["items"]
    assert_denial(event, people[name], permission)


def assert_denial(event, principal, permission):
    assert (event["action"], event["actor_id"]) == ("access.denied", principal.id)
    assert event["details"]["permission"] == permission


@then(
    parsers.parse(
        "Alan sees {number:d} events of Mallory, and the last says that {repeated:d} requests "
        "before it were not listed"
    )
)
def check_repeated_denials(people, responses, number, repeated):
    last, *earlier = responses["Alan"].json["items"]
    assert len(earlier) == number - 1
    assert_denial(last, people["Mallory"], "users:write")
    assert last["details"]["repeated"] == repeated


@then("Mallory sees that the database only permits new events")
def check_rejection(rejection):
    assert "the audit trail only grows" in str(rejection.value.orig)


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
