"""What operators do with the trail in a terminal."""

import os

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from api import models
from api.audit.models import AuditEvent
from api.cli import main
from tests.support import tamper

OTHER_HEAD = f"1:{'f' * 64}"


@pytest.fixture(autouse=True)
def _umask():
    """Undo what the command sets for its process, which here is that of the tests."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def rollbook(context):
    return lambda *arguments: CliRunner().invoke(main, arguments)


def test_sealing_prints_the_head_to_be_kept(happened, rollbook):
    happened(3)

    sealed = rollbook("audit", "seal")

    assert (sealed.exit_code, sealed.stderr) == (0, "3 sealed\n")
    position, digest = sealed.stdout.strip().split(":")
    assert (position, len(digest)) == ("3", 64)
    assert rollbook("audit", "seal").stdout == sealed.stdout


def test_older_events_are_sealed_when_all_are_looked_at(happened, rollbook):
    happened(3)
    rollbook("audit", "seal")
    happened(1, happened()[0].at.replace(year=2020))

    assert rollbook("audit", "seal").stderr == "1 sealed\n"
    assert rollbook("audit", "verify").stderr == "1 not sealed yet, 0 wrong\n"
    assert rollbook("audit", "seal", "--all").stderr == "1 sealed\n"


def test_a_trail_that_holds_is_told_by_the_status(happened, rollbook):
    happened(3)
    head = rollbook("audit", "seal").stdout.strip()
    happened(1)

    verified = rollbook("audit", "verify", "--head", head)

    assert (verified.exit_code, verified.stdout) == (0, "")
    assert verified.stderr == "1 not sealed yet, 0 wrong\n"


def test_O_04_a_trail_that_was_changed_is_told_by_the_status_and_where(happened, rollbook):
    facts = happened(3)
    rollbook("audit", "seal")
    tamper(update(AuditEvent).where(AuditEvent.id == facts[1].id).values(address="x"))

    verified = rollbook("audit", "verify")

    assert verified.exit_code == 1
    assert verified.stdout == f"2: the event was changed ({facts[1].id})\n"
    assert verified.stderr == "0 not sealed yet, 1 wrong\n"


def test_O_04_another_head_than_the_one_that_was_noted_is_told(happened, rollbook):
    happened(1)
    rollbook("audit", "seal")

    assert rollbook("audit", "verify", "--head", OTHER_HEAD).exit_code == 1


@pytest.mark.parametrize("head", ["", "7", "7:abc", f"07:{'f' * 64}", f"-1:{'f' * 64}"])
def test_what_is_no_head_is_refused(rollbook, head):
    rejected = rollbook("audit", "verify", "--head", head)

    assert rejected.exit_code == 2
    assert "not a head" in rejected.stderr


def test_the_rights_of_a_role_are_told_for_every_table(rollbook, pytestconfig):
    told = rollbook("grants", 'the "service"')

    if pytestconfig.getoption("database") == "sqlite":
        assert (told.exit_code, "no database roles" in told.stderr) == (2, True)
        return
    assert told.stdout.count('"the ""service"""') == 6
    assert "GRANT SELECT, INSERT ON audit_chain, audit_events, purged_users TO" in told.stdout
    tables = {getattr(models, name).__tablename__ for name in models.__all__}
    assert {table for table in tables if table not in told.stdout} == set()
