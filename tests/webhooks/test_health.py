"""What administrators see of the health of a webhook."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from api.core import clock
from api.core.database import db, in_transaction
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.webhooks import search, service
from api.webhooks.models import DeliveryState, Webhook, WebhookDelivery

HOUR = timedelta(hours=1)
PAGE = {"limit": 100, "sort": "created_at"}


@pytest.fixture
def webhook_id(create):
    return create().id


@pytest.fixture
def store(webhook_id):
    """Store what a worker records of the webhook."""

    def store_columns(**values):
        in_transaction(lambda: db.session.execute(update(Webhook).values(values)))

    return store_columns


@pytest.fixture
def store_deliveries(context):
    def store_rows(webhook_id, number, state=DeliveryState.PENDING):
        rows = [
            {
                "webhook_id": webhook_id, "event_id": new_id(), "event": "user.created",
                "body": "{}", "state": state,
            }
            for _ in range(number)
        ]  # fmt: skip
        in_transaction(lambda: db.session.execute(insert(WebhookDelivery), rows))

    return store_rows


def change(webhook_id, **changes):
    return in_transaction(lambda: service.update(webhook_id, changes, by=OPERATOR))


@pytest.mark.parametrize(
    ("hours", "health"),
    [
        ({}, "untried"),
        ({"last_attempt_at": -1}, "healthy"),
        ({"last_attempt_at": -1, "failing_since": -2}, "failing"),
        ({"last_attempt_at": -1, "failing_since": -2, "paused_until": -1}, "failing"),
        ({"last_attempt_at": -1, "failing_since": -2, "paused_until": 1}, "paused"),
        ({"last_attempt_at": -1, "paused_until": 1}, "paused"),
    ],
)
def test_it_follows_from_what_the_worker_has_recorded(webhook_id, store, hours, health):
    values = {name: clock.now() + number * HOUR for name, number in hours.items()}
    store(**values)

    shown = search.get_webhook(webhook_id)
    assert search.find_webhooks(PAGE).items == [shown]
    assert shown.health == health
    assert shown.last_attempt_at == values.get("last_attempt_at")
    assert shown.failing_since == values.get("failing_since")
    assert shown.paused_until == (values["paused_until"] if health == "paused" else None)


def test_a_disabled_webhook_keeps_what_is_known_of_it(webhook_id, store):
    at = clock.now()
    store(last_attempt_at=at, failing_since=at)

    shown = change(webhook_id, enabled=False)

    assert shown == search.get_webhook(webhook_id)
    assert (shown.health, shown.last_attempt_at, shown.failing_since) == ("disabled", at, at)


@pytest.mark.parametrize("changes", [{"enabled": True}, {"url": "https://example.org/other"}])
def test_a_webhook_that_is_enabled_or_gets_another_url_is_untried(webhook_id, store, changes):
    store(last_attempt_at=clock.now(), failing_since=clock.now(), enabled="url" in changes)

    shown = change(webhook_id, **changes)

    assert (shown.health, shown.last_attempt_at) == ("untried", None)


def test_deliveries_that_wait_are_counted_up_to_100(webhook_id, create, store_deliveries):
    other = create().id
    store_deliveries(webhook_id, 2)
    for state in (DeliveryState.DELIVERED, DeliveryState.FAILED):
        store_deliveries(webhook_id, 1, state)
    store_deliveries(other, 101)

    counts = [each.pending_deliveries for each in search.find_webhooks(PAGE).items]
    assert counts == [2, 100]


def test_a_changed_webhook_and_one_with_a_new_secret_show_it(webhook_id, store, store_deliveries):
    store(last_attempt_at=clock.now())
    store_deliveries(webhook_id, 1)

    changed = change(webhook_id, description="CRM")
    rotated = in_transaction(lambda: service.rotate_secret(webhook_id, {}, by=OPERATOR))

    for shown in (changed, rotated):
        assert (shown.health, shown.pending_deliveries) == ("healthy", 1)
