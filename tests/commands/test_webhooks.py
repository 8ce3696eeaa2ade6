"""`rollbook webhooks`."""

import json
import re
from uuid import UUID

import pytest

from api.core import clock
from api.core.database import db, in_transaction
from api.webhooks.models import WebhookAttempt
from tests.commands.conftest import last_line

URL = "https://example.org/hook"
UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
RANGE = ("--from", "2020-01-01T00:00:00Z", "--to", "2090-01-01T00:00:00Z")


def read_lines(result):
    """Return the lines of the output, without those of the log."""
    return [line for line in result.output.splitlines() if not line.startswith('{"timestamp"')]


def read_json(result):
    return json.loads("\n".join(read_lines(result)))


@pytest.fixture
def created(rollbook):
    return read_json(rollbook("webhooks", "create", URL, "--json"))


def test_a_webhook_is_created_shown_changed_listed_and_deleted(rollbook, created, recorded):
    webhook = created["id"]
    assert created["secret"].startswith("whsec_")
    assert (created["events"], created["payload"]) == (["*"], "thin")

    shown = read_json(rollbook("webhooks", "show", webhook, "--json"))
    assert "secret" not in shown
    changed = rollbook("webhooks", "update", webhook, "--event", "user.created", "--disabled")
    assert last_line(changed) == "Changed the webhook."
    header, line = read_lines(rollbook("webhooks", "list"))
    assert re.split("  +", header) == [
        "ID", "HEALTH", "FAILING SINCE", "PENDING DELIVERIES", "PAYLOAD", "EVENTS", "URL",
    ]  # fmt: skip
    assert line.split() == [webhook, "disabled", "-", "0", "thin", "user.created", URL]
    assert last_line(rollbook("webhooks", "delete", webhook)) == "Deleted the webhook."

    assert rollbook("webhooks", "show", webhook).exit_code == 1
    assert recorded() == ["webhook.created", "webhook.updated", "webhook.deleted"]


def test_the_secret_is_replaced(rollbook, created):
    rotated = rollbook("webhooks", "rotate-secret", created["id"], "--overlap-hours", "1", "--json")

    members = read_json(rotated)
    assert members["secret"] not in {created["secret"], None}
    assert members["former_secret_until"]


def test_a_test_is_listed_shown_and_delivered_again(rollbook, created):
    webhook = created["id"]
    delivery = read_lines(rollbook("webhooks", "test", webhook))[0]

    _, line = read_lines(rollbook("webhooks", "deliveries", webhook, "--state", "pending"))
    assert line.split()[:4] == [delivery, "pending", "webhook.test", "0"]
    shown = rollbook("webhooks", "show-delivery", webhook, delivery, "--json")
    assert json.loads(read_json(shown)["body"])["type"] == "webhook.test"
    again = rollbook("webhooks", "redeliver", webhook, delivery)
    assert last_line(again) == "A worker will deliver the event again."


def test_each_attempt_is_a_line_of_json(rollbook, created):
    delivery = UUID(read_lines(rollbook("webhooks", "test", created["id"]))[0])
    for status in (503, 200):
        row = WebhookAttempt(
            delivery_id=delivery,
            at=clock.now(),
            url=URL,
            status=status,
            duration_ms=1,
            request_headers={},
            response_headers={"server": "x"},
        )
        in_transaction(lambda row=row: db.session.add(row))

    shown = rollbook("webhooks", "show-delivery", created["id"], str(delivery))

    *_, before, last = read_lines(shown)
    assert before.startswith("history")
    attempts = [json.loads(line[line.index("{") :]) for line in (before, last)]
    assert [attempt["status"] for attempt in attempts] == [200, 503]
    assert attempts[0]["at"].endswith("Z")


def test_events_of_a_range_are_delivered_again(rollbook, created):
    rollbook("users", "create", "ada", "ada@example.org", "--no-password")

    replayed = rollbook("webhooks", "replay", created["id"], *RANGE, "--event", "user.created")

    found = rollbook("webhooks", "deliveries", created["id"], "--json")
    count = len(read_json(found))
    assert count == 1
    assert last_line(replayed) == f"A worker will deliver {count} events."


def test_all_pages_are_listed(rollbook, created, monkeypatch):
    monkeypatch.setattr("api.commands.webhooks.PAGE_ROWS", 2)
    for _ in range(5):
        rollbook("webhooks", "test", created["id"])
        rollbook("webhooks", "create", URL)

    assert len(rollbook("webhooks", "deliveries", created["id"]).output.splitlines()) == 6
    assert len(rollbook("webhooks", "list").output.splitlines()) == 7


def test_errors_are_one_line(rollbook, created):
    assert rollbook("webhooks", "delete", UNKNOWN).exit_code == 1
    assert rollbook("webhooks", "create", "https://127.0.0.1/").exit_code != 0
    assert rollbook("webhooks", "create", URL, "--event", "login.failed").exit_code != 0
    unchanged = rollbook("webhooks", "update", created["id"])
    assert "Give an option that says what to change." in unchanged.output
    end = rollbook(
        "webhooks", "replay", created["id"], *RANGE[2:], "--from", "2091-01-01T00:00:00Z"
    )
    assert "--to must be after --from" in end.output
    wrong = rollbook("webhooks", "replay", created["id"], "--from", "today", "--to", "tomorrow")
    assert "2026-11-23T09:30:00Z" in wrong.output
