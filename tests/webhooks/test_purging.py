"""Old deliveries are deleted with their attempts, and the backlog is counted."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from api.core import clock
from api.core.database import db, in_transaction
from api.core.events import Event
from api.core.secrets import new_id
from api.webhooks import purging
from api.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from api.webhooks.statistics import read_backlog
from tests.webhooks.many_deliveries import count_rows_read, store
from tests.webhooks.receiver import hang, receive, respond


def count_rows(table):
    return db.session.scalar(select(func.count()).select_from(table))


def test_deliveries_are_deleted_with_their_attempts_after_30_days(
    receiver, subscribe, happen, deliver, move_clock
):
    subscribe(receiver)
    happen()
    deliver()
    move_clock(days=29, hours=23)
    assert in_transaction(purging.purge) == 0
    assert count_rows(WebhookAttempt) == 1
    move_clock(hours=2)

    assert in_transaction(purging.purge) == 1
    assert (count_rows(WebhookDelivery), count_rows(WebhookAttempt)) == (0, 0)


def test_an_old_delivery_that_was_asked_for_again_is_kept(receiver, subscribe, happen, move_clock):
    subscribe(receiver)
    happen()
    move_clock(days=40)
    again = update(WebhookDelivery).values(requested_at=clock.now())
    in_transaction(lambda: db.session.execute(again))
    assert in_transaction(purging.purge) == 0


class TestDeletedWebhooks:
    def test_their_deliveries_are_deleted_in_batches(self, receiver, subscribe, monkeypatch):
        monkeypatch.setattr(purging, "PURGE_BATCH_ROWS", 2)
        deleted, kept = [new_id(), new_id()], subscribe(receiver)
        for webhook_id in (*deleted, kept):
            store(webhook_id, 3, 1)

        assert [in_transaction(purging.purge) for _ in range(5)] == [2, 1, 2, 1, 0]
        left = db.session.scalars(select(WebhookDelivery.webhook_id)).all()
        assert left == [kept] * 3

    def test_finding_none_does_not_grow_with_the_deliveries(self, receiver, subscribe):
        for _ in range(3):
            store(subscribe(receiver), 2000, 1)

        def purge_and_count():
            before = count_rows_read()  # what the server has not yet counted of former transactions
            assert purging.purge() == 0
            return count_rows_read() - before

        assert in_transaction(purge_and_count) < 100


def test_the_backlog_is_what_waits_for_enabled_webhooks(
    receiver, subscribe, happen, move_clock, network
):
    assert read_backlog() == (0, 0, 0, 0)
    subscribe(receiver)
    subscribe(receiver, enabled=False, disabled_reason="gone")
    happen()
    move_clock(minutes=7)

    backlog = read_backlog()
    assert (backlog.pending, backlog.disabled) == (1, 1)
    assert 419 < backlog.oldest_seconds < 425
    assert 419 < backlog.overdue_seconds < 425


@pytest.mark.parametrize("behaviour", [respond(500), hang])
def test_what_waits_for_a_receiver_that_fails_is_not_overdue(
    subscribe, happen, deliver, move_clock, behaviour
):
    with receive(behaviour) as receiver:
        subscribe(receiver)
        happen()
        deliver()
    move_clock(minutes=7)

    backlog = read_backlog()
    assert (backlog.pending, backlog.overdue_seconds) == (1, 0)
    assert backlog.oldest_seconds > 400


def test_what_waits_after_failures_of_long_ago_is_overdue(
    receiver, subscribe, happen, deliver, make_due, move_clock
):
    receiver.behaviours = [respond(500)]
    subscribe(receiver)
    happen()
    deliver()
    make_due()
    move_clock(days=3)

    assert read_backlog().overdue_seconds >= 3 * 86_400


@pytest.mark.parametrize(("ordered", "seconds"), [(True, 0), (False, 420)])
def test_what_waits_for_an_earlier_event_of_its_account_is_not_overdue(
    receiver, subscribe, happen, deliver, move_clock, ordered, seconds
):
    receiver.behaviours = [respond(500)]
    subscribe(receiver, ordered=ordered)
    ada = happen()
    deliver()
    postponed = update(WebhookDelivery).values(next_attempt_at=clock.now() + timedelta(days=1))
    in_transaction(lambda: db.session.execute(postponed))
    happen()
    deliver()  # so that the webhook works
    happen(ada, Event.USER_DELETED)
    move_clock(minutes=7)

    assert seconds <= read_backlog().overdue_seconds <= seconds + 5


def test_the_first_event_of_an_account_can_be_overdue_to_an_ordered_webhook(
    receiver, subscribe, happen, move_clock
):
    subscribe(receiver, ordered=True)
    happen(happen(), Event.USER_DELETED)
    move_clock(minutes=7)

    assert read_backlog().overdue_seconds >= 420


def test_what_is_delivered_does_not_wait(receiver, subscribe, happen, deliver):
    subscribe(receiver)
    happen()
    deliver()
    assert read_backlog() == (0, 0, 0, 0)
    assert count_rows(Webhook) == 1
