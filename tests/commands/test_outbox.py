"""`rollbook outbox`."""

import json

import pytest

from api.core.database import in_transaction
from api.outbox import channels, service
from api.outbox.delivery import deliver_next
from api.outbox.errors import PermanentDeliveryError
from tests.commands.conftest import last_line

UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
SECRET = "the token of the link"


@pytest.fixture
def add(context):
    """Store a message, and return its id."""
    content = {"text": SECRET}
    return lambda: in_transaction(lambda: service.add_message("note", "greeting", content))


@pytest.fixture
def give_up(app, context, monkeypatch):
    """Let the attempts to deliver all messages fail for good."""

    def reject(_delivery):
        raise PermanentDeliveryError("no such mailbox")

    def give_up_all():
        monkeypatch.setitem(app.extensions, channels.EXTENSION, {"note": reject})
        while deliver_next():
            pass

    return give_up_all


def test_messages_are_listed_by_state_and_a_dead_one_is_retried(rollbook, add, give_up, recorded):
    dead = str(add())
    give_up()
    waiting = str(add())

    header, line = rollbook("outbox", "list", "--state", "dead").output.splitlines()
    assert header.split()[:4] == ["ID", "STATE", "NAME", "ATTEMPTS"]
    assert line.split()[:4] == [dead, "dead", "greeting", "1"]
    assert line.endswith("no such mailbox")

    retried = rollbook("outbox", "retry", dead)
    assert last_line(retried) == f"A worker will deliver the message {dead} again."
    assert recorded() == ["outbox.message_failed", "outbox.message_retried"]
    listed = rollbook("outbox", "list", "--json").output
    assert {(each["id"], each["state"]) for each in json.loads(listed)} == {
        (waiting, "pending"),
        (dead, "pending"),
    }
    assert SECRET not in listed


def test_all_pages_are_listed(rollbook, add, monkeypatch):
    monkeypatch.setattr("api.commands.outbox.PAGE_ROWS", 2)
    for _ in range(5):
        add()

    assert len(rollbook("outbox", "list").output.splitlines()) == 6


def test_only_dead_messages_are_retried(rollbook, add):
    assert rollbook("outbox", "retry", str(add())).exit_code == 1
    assert rollbook("outbox", "retry", UNKNOWN).exit_code == 1
