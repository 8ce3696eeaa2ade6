"""Delivering again: one delivery, a range of events, and tests."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, in_transaction
from api.core.errors import InvalidRequest
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.webhooks import replay, search, service
from api.webhooks.errors import (
    DeliveryNotFound,
    TooManyEvents,
    WebhookIsDisabled,
    WebhookNotFound,
)
from api.webhooks.models import WebhookDelivery
from tests.webhooks.recorded_events import record_creations

pytestmark = pytest.mark.usefixtures("context")
ADA = new_id()


def happen(*events, subject=ADA):
    """Record these events, as if there were no webhook when they happened."""
    for event in events:
        in_transaction(lambda event=event: emit(event, subject=subject, by=OPERATOR))


def replay_all(webhook_id, events=None, *, only_failed=False, begin=None, end=None):
    given = {
        "begin": begin or clock.now() - timedelta(hours=1),
        "end": end or clock.now() + timedelta(hours=1),
        "events": events,
        "only_failed": only_failed,
    }
    return in_transaction(lambda: replay.replay(webhook_id, given, by=OPERATOR)).deliveries


def read_deliveries(webhook_id) -> list[WebhookDelivery]:
    chosen = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    chosen = chosen.order_by(WebhookDelivery.id).execution_options(populate_existing=True)
    rows = db.session.scalars(chosen).all()
    db.session.commit()
    return list(rows)


def finish(state):
    """Let all deliveries have this state, after three attempts."""
    values = {"state": state, "attempts": 3, "last_error": "503", "next_attempt_at": clock.now()}
    db.session.execute(update(WebhookDelivery).values(values))
    db.session.commit()


def disable(webhook_id):
    in_transaction(lambda: service.update(webhook_id, {"enabled": False}, by=OPERATOR))


class TestReplay:
    def test_events_from_before_the_webhook_are_delivered(self, create):
        happen(Event.USER_CREATED, Event.USER_DELETED)
        webhook = create()

        assert replay_all(webhook.id) == 2
        first, second = read_deliveries(webhook.id)
        assert (first.event, second.event) == ("user.created", "user.deleted")
        assert (first.state, first.attempts, first.subject_id) == ("pending", 0, ADA)

    def test_the_body_is_that_of_the_event(self, create):
        happen(Event.USER_CREATED)
        row = db.session.scalars(select(AuditEvent)).one()
        webhook = create(payload="full")

        replay_all(webhook.id)

        [delivery] = read_deliveries(webhook.id)
        body = json.loads(delivery.body)
        assert delivery.event_id == row.id
        assert body["data"]["event_id"] == str(row.id)
        assert body["timestamp"] == f"{row.at:%Y-%m-%dT%H:%M:%S.%fZ}"
        assert body["data"]["details"] == row.details

    def test_a_test_is_thin_whatever_the_payload_of_the_webhook(self, create):
        webhook = create(payload="full")

        in_transaction(lambda: replay.send_test(webhook.id))

        [delivery] = read_deliveries(webhook.id)
        assert json.loads(delivery.body)["data"].keys() == {"event_id", "subject_id", "webhook"}

    def test_only_events_that_the_webhook_receives_are_delivered(self, create):
        happen(Event.USER_CREATED, Event.USER_DELETED, Event.LOGIN_FAILED)
        webhook = create(events=["user.created"])

        assert replay_all(webhook.id) == 1

    def test_events_that_are_not_public_are_not_delivered(self, create):
        happen(Event.LOGIN_FAILED, Event.ACCESS_DENIED)

        assert replay_all(create(events=["*"]).id) == 0

    def test_events_can_be_chosen(self, create):
        happen(Event.USER_CREATED, Event.USER_DELETED)
        webhook = create()

        assert replay_all(webhook.id, ["user.deleted"]) == 1

    def test_an_event_that_the_webhook_does_not_receive_is_rejected(self, create):
        webhook = create(events=["user.created"])

        with pytest.raises(InvalidRequest):
            replay_all(webhook.id, ["user.created", "user.deleted"])

    def test_a_delivery_that_exists_keeps_its_id_and_its_body(self, create):
        happen(Event.USER_CREATED)
        webhook = create()
        replay_all(webhook.id)
        [before] = read_deliveries(webhook.id)
        finish("delivered")

        assert replay_all(webhook.id) == 1
        [after] = read_deliveries(webhook.id)
        assert (after.id, after.body) == (before.id, before.body)
        assert (after.state, after.attempts, after.last_error) == ("pending", 0, None)

    def test_with_failed_only_what_was_given_up_is_repeated(self, create):
        happen(Event.USER_CREATED)
        webhook = create()
        replay_all(webhook.id)
        finish("failed")
        happen(Event.USER_DELETED)

        assert replay_all(webhook.id, only_failed=True) == 1
        events = [each.event for each in read_deliveries(webhook.id)]
        assert sorted(events) == ["user.created", "user.deleted"]
        assert replay_all(webhook.id, only_failed=True) == 0

    def test_the_range_includes_its_beginning_and_not_its_end(self, create):
        happen(Event.USER_CREATED)
        at = db.session.scalars(select(AuditEvent.at)).one()
        webhook, later = create(), timedelta(microseconds=1)

        assert replay_all(webhook.id, begin=at, end=at + later) == 1
        assert replay_all(webhook.id, begin=at - later, end=at) == 0

    def test_a_range_that_ends_before_it_begins_is_rejected(self, create):
        webhook, now = create(), clock.now()

        with pytest.raises(InvalidRequest):
            replay_all(webhook.id, begin=now, end=now)

    def test_a_range_with_too_many_events_is_rejected(self, create, monkeypatch):
        monkeypatch.setattr(replay, "MAX_REPLAYED_EVENTS", 2)
        happen(Event.USER_CREATED, Event.USER_CREATED, Event.USER_CREATED)
        webhook = create()

        with pytest.raises(TooManyEvents):
            replay_all(webhook.id)
        assert read_deliveries(webhook.id) == []

    def test_ten_thousand_events_can_be_replayed(self, create):
        record_creations([ADA] * replay.MAX_REPLAYED_EVENTS, clock.now())

        assert replay_all(create().id) == 10_000

    def test_the_audit_log_has_the_number(self, create):
        happen(Event.USER_CREATED)
        webhook = create()

        replay_all(webhook.id)

        last = select(AuditEvent.details).where(AuditEvent.event == "webhook.replayed")
        assert db.session.scalars(last).one() == {"webhook": str(webhook.id), "deliveries": 1}

    def test_a_disabled_webhook_gets_nothing(self, create):
        webhook = create()
        disable(webhook.id)

        with pytest.raises(WebhookIsDisabled):
            replay_all(webhook.id)


class TestRedelivery:
    @pytest.mark.parametrize("state", ["failed", "delivered", "pending"])
    def test_it_is_tried_as_if_it_were_new(self, create, state):
        webhook = create()
        sent = in_transaction(lambda: replay.send_test(webhook.id))
        finish(state)

        in_transaction(lambda: replay.redeliver(webhook.id, sent.id, by=OPERATOR))

        [delivery] = read_deliveries(webhook.id)
        assert (delivery.id, delivery.state, delivery.attempts) == (sent.id, "pending", 0)

    def test_the_audit_log_has_its_id(self, create):
        webhook = create()
        sent = in_transaction(lambda: replay.send_test(webhook.id))

        in_transaction(lambda: replay.redeliver(webhook.id, sent.id, by=OPERATOR))

        last = select(AuditEvent.details).where(AuditEvent.event == "webhook.replayed")
        assert db.session.scalars(last).one() == {
            "webhook": str(webhook.id),
            "delivery": str(sent.id),
            "deliveries": 1,
        }

    def test_a_delivery_of_another_webhook_is_not_found(self, create):
        webhook, another = create(), create()
        sent = in_transaction(lambda: replay.send_test(webhook.id))

        with pytest.raises(DeliveryNotFound):
            in_transaction(lambda: replay.redeliver(another.id, sent.id, by=OPERATOR))
        with pytest.raises(DeliveryNotFound):
            search.get_delivery(another.id, sent.id, by=OPERATOR)

    def test_a_disabled_webhook_gets_nothing(self, create):
        webhook = create()
        sent = in_transaction(lambda: replay.send_test(webhook.id))
        disable(webhook.id)

        with pytest.raises(WebhookIsDisabled):
            in_transaction(lambda: replay.redeliver(webhook.id, sent.id, by=OPERATOR))


class TestTests:
    def test_a_test_is_about_no_account(self, create):
        webhook = create(events=["user.created"])

        in_transaction(lambda: replay.send_test(webhook.id))

        [delivery] = read_deliveries(webhook.id)
        body = json.loads(delivery.body)
        assert (delivery.event, delivery.subject_id) == ("webhook.test", None)
        assert body["type"] == "webhook.test"
        assert body["data"] == {
            "event_id": str(delivery.event_id),
            "subject_id": None,
            "webhook": str(webhook.id),
        }

    def test_an_unknown_webhook_is_not_found(self):
        with pytest.raises(WebhookNotFound):
            in_transaction(lambda: replay.send_test(new_id()))
