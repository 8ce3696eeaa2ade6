"""`rollbook audit` and `rollbook grants`."""

import json
import os
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from api import models
from api.audit.models import AuditEvent
from api.cli import main
from api.core.events import Event
from api.jobs import service as jobs
from tests.support import tamper

OTHER_HEAD = f"1:{'f' * 64}"
OTHER_ID = UUID(int=1)


@pytest.fixture(autouse=True)
def _umask():
    """Restore the umask, which a command sets for its process: here that of the tests."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def rollbook(context):
    return lambda *arguments: CliRunner().invoke(main, arguments)


def test_seal_prints_the_chain_head(add_events, rollbook):
    add_events(3)

    sealed = rollbook("audit", "seal")

    assert (sealed.exit_code, sealed.stderr) == (0, "3 sealed\n")
    position, digest = sealed.stdout.strip().split(":")
    assert (position, len(digest)) == ("3", 64)
    assert rollbook("audit", "seal").stdout == sealed.stdout


def test_case_N_14_seal_records_that_it_has_finished(rollbook):
    rollbook("audit", "seal")

    assert jobs.read_last_runs().keys() == {"seal_audit_log"}


def test_seal_all_seals_events_of_any_age(add_events, rollbook):
    add_events(3)
    rollbook("audit", "seal")
    add_events(1, add_events()[0].at.replace(year=2020))

    assert rollbook("audit", "seal").stderr == "1 sealed\n"
    assert rollbook("audit", "verify").stderr == "1 not sealed yet, 0 wrong\n"
    assert rollbook("audit", "seal", "--all").stderr == "1 sealed\n"


def test_verify_exits_with_0_if_the_log_is_intact(add_events, rollbook):
    add_events(3)
    head = rollbook("audit", "seal").stdout.strip()
    add_events(1)

    verified = rollbook("audit", "verify", "--head", head)

    assert (verified.exit_code, verified.stdout) == (0, "")
    assert verified.stderr == "1 not sealed yet, 0 wrong\n"


def test_O_04_verify_exits_with_1_and_names_the_changed_event(add_events, rollbook):
    events = add_events(3)
    rollbook("audit", "seal")
    tamper(update(AuditEvent).where(AuditEvent.id == events[1].id).values(address="x"))

    verified = rollbook("audit", "verify")

    assert verified.exit_code == 1
    assert verified.stdout == f"2: the event was changed ({events[1].id})\n"
    assert verified.stderr == "0 not sealed yet, 1 wrong\n"


def test_O_04_verify_exits_with_1_if_the_head_is_different(add_events, rollbook):
    add_events(1)
    rollbook("audit", "seal")

    assert rollbook("audit", "verify", "--head", OTHER_HEAD).exit_code == 1


@pytest.mark.parametrize("head", ["", "7", "7:abc", f"07:{'f' * 64}", f"-1:{'f' * 64}"])
def test_verify_rejects_a_malformed_head(rollbook, head):
    rejected = rollbook("audit", "verify", "--head", head)

    assert rejected.exit_code == 2
    assert "not a head" in rejected.stderr


def test_grants_prints_privileges_for_every_table(rollbook, pytestconfig):
    printed = rollbook("grants", 'the "service"')

    if pytestconfig.getoption("database") == "sqlite":
        assert (printed.exit_code, "no database roles" in printed.stderr) == (2, True)
        return
    assert printed.stdout.count('"the ""service"""') == 6
    assert "GRANT SELECT, INSERT ON audit_chain, audit_events, purged_users TO" in printed.stdout
    tables = {getattr(models, name).__tablename__ for name in models.__all__}
    assert {table for table in tables if table not in printed.stdout} == set()


def test_case_N_11_events_are_listed_newest_first(add_events, rollbook):
    events = add_events(3)

    listed = rollbook("audit", "list", "--limit", "2")

    header, *lines = listed.stdout.splitlines()
    assert header.split() == [
        "AT", "ACTION", "ACTOR", "KIND", "ACTOR", "ID", "SUBJECT", "ID", "ADDRESS", "DETAILS",
    ]  # fmt: skip
    assert len(lines) == 2
    assert listed.stderr == "There are more than 2; raise --limit to see them.\n"
    printed = json.loads(rollbook("audit", "list", "--json").stdout)
    assert [each["id"] for each in printed] == [str(each.id) for each in reversed(events)]


def test_case_N_11_an_event_is_shown(add_events, rollbook):
    event = add_events(3)[1]

    shown = json.loads(rollbook("audit", "show", str(event.id), "--json").stdout)

    assert (shown["id"], shown["action"]) == (str(event.id), event.event)


@pytest.mark.parametrize("page_rows", [1, 2, 3])
def test_case_N_11_pages_of_events_are_joined(add_events, rollbook, monkeypatch, page_rows):
    monkeypatch.setattr("api.commands.audit.PAGE_ROWS", page_rows)
    add_events(3)

    assert rollbook("audit", "list").stdout.count("\n") == 1 + 3


def test_case_N_11_events_are_filtered(add_events, rollbook):
    event = add_events(3)[1]
    later = f"{event.at:%Y-%m-%dT%H:%M:%S.%fZ}"

    def count(*arguments):
        return len(json.loads(rollbook("audit", "list", "--json", *arguments).stdout))

    assert count("--after", later) + count("--before", later) == 3
    assert count("--action", Event.USER_UPDATED.value) == 3
    assert count("--action", "user.purged") == 0
    for option in ("--subject", "--actor", "--credential"):
        assert count(option, str(OTHER_ID)) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("list", "--actor", "ada"), "actor must be a valid uuid"),
        (("list", "--after", "yesterday"), "after must be a valid date-time"),
        (("list", "--action", "nothing"), "is not one of"),
        (("show", "x"), "is not a valid UUID"),
        (("show", str(OTHER_ID)), "The audit log has no event"),
    ],
)
def test_case_N_11_the_rules_of_the_api_apply_to_the_audit_log(rollbook, arguments, message):
    rejected = rollbook("audit", *arguments)

    assert rejected.exit_code in {1, 2}  # 2 for wrong options
    assert message in rejected.stderr
