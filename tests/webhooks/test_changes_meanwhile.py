"""What is changed while an attempt is under way: the webhook, its URL, or the delivery."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event as Flag

import pytest
from sqlalchemy import event

from api.core import clock
from api.core.database import db, in_transaction, transaction
from api.core.principal import OPERATOR
from api.core.runtime import EXTENSION
from api.webhooks import queue, replay, service
from api.webhooks.attempts import Attempt
from api.webhooks.errors import WebhookNotFound
from api.webhooks.responses import Response
from tests.webhooks.deliveries import wait_for_a_lock
from tests.webhooks.receiver import LOOPBACK, receive, respond


@pytest.fixture
def other():
    with receive() as started:
        yield started


@pytest.fixture
def meanwhile(app):
    """Make a behaviour that changes something before it responds."""

    def make(act, status, **headers):
        def behave(handler):
            with app.app_context():
                in_transaction(act)
            respond(status, **headers)(handler)

        return behave

    return make


@pytest.fixture
def move(app, other, monkeypatch):
    """Give a webhook the URL of the other receiver."""
    runtime = app.extensions[EXTENSION]
    settings = runtime.settings.model_copy(update={"webhook_private_networks": [LOOPBACK]})
    monkeypatch.setitem(app.extensions, EXTENSION, replace(runtime, settings=settings))

    def change_url(webhook_id):
        return service.update(webhook_id, {"url": other.url}, by=OPERATOR)

    return change_url


class TestDeletion:
    @pytest.fixture
    def claim(self, receiver, subscribe, happen):
        webhook_id = subscribe(receiver)
        happen()
        return in_transaction(lambda: queue.take_webhook(webhook_id)).claim

    @pytest.mark.parametrize("status", [204, 500])
    def test_it_waits_for_the_record_of_an_attempt(self, app, claim, status, pytestconfig):
        if pytestconfig.getoption("database") != "postgresql":
            pytest.skip("SQLite has one writer at a time")
        reached, proceeding = Flag(), Flag()

        def pause(_connection, _cursor, statement, *_):
            if statement.startswith("UPDATE webhook"):
                reached.set()
                proceeding.wait(30)

        def record():
            event.listen(db.session.connection(), "before_cursor_execute", pause)
            return queue.record_attempt(claim, make_attempt(claim, status), continues=True)

        def delete():
            service.delete(claim.webhook.id, by=OPERATOR)

        with ThreadPoolExecutor() as threads:
            recorded = threads.submit(run, app, record)
            assert reached.wait(30)
            deleted = threads.submit(run, app, delete)
            wait_for_a_lock()
            proceeding.set()
            assert recorded.result(30).outcome != queue.Outcome.DELETED
            deleted.result(30)
        with pytest.raises(WebhookNotFound):
            in_transaction(lambda: service.lock_webhook(claim.webhook.id))


def run(app, act):
    """Do something in a transaction that is not repeated after a deadlock."""
    with app.app_context(), transaction():
        return act()


def make_attempt(claim, status):
    return Attempt(
        at=clock.now(),
        seconds=0.1,
        url=claim.webhook.url,
        address="127.0.0.1",
        headers={},
        response=Response(status, {}, b""),
        error=None,
    )


class TestAnotherUrl:
    @pytest.mark.parametrize(
        ("status", "headers"), [(410, {}), (503, {"retry_after": "3600"}), (500, {})]
    )
    def test_what_the_former_receiver_answers_does_not_count(
        self, receiver, other, subscribe, happen, deliver, make_due, meanwhile, move,
        read_webhook, read_delivery, read_attempts, status, headers,
    ):  # fmt: skip
        webhook_id = subscribe(receiver)
        receiver.behaviours = [meanwhile(lambda: move(webhook_id), status, **headers)]
        happen()
        deliver()

        webhook, delivery = read_webhook(webhook_id), read_delivery()
        assert (webhook.enabled, webhook.failures, webhook.paused_until) == (True, 0, None)
        assert webhook.failing_since is None
        assert (delivery.state, delivery.last_error) == ("pending", f"status {status}")
        assert (delivery.next_attempt_at - clock.now()).total_seconds() <= 6
        make_due()
        deliver()
        assert (read_delivery().state, len(other.requests)) == ("delivered", 1)
        assert [each.url for each in read_attempts()] == [receiver.url, other.url]

    def test_former_failures_are_forgotten(
        self, receiver, other, subscribe, happen, deliver, make_due, move_clock, move, read_webhook
    ):
        receiver.usual = other.usual = respond(500)
        webhook_id = subscribe(receiver)
        for _ in range(5):
            happen()
            deliver()
            move_clock(days=1)
            make_due()
        assert read_webhook(webhook_id).failures
        in_transaction(lambda: move(webhook_id))
        webhook = read_webhook(webhook_id)
        assert (webhook.failures, webhook.failing_since, webhook.slow) == (0, None, False)
        assert webhook.paused_until is None

        deliver()
        assert other.requests
        assert read_webhook(webhook_id).enabled


class TestRedelivery:
    @pytest.mark.parametrize("status", [204, 500])
    def test_a_delivery_that_is_asked_for_again_during_an_attempt_is_sent_again(
        self, receiver, subscribe, happen, deliver, meanwhile, read_delivery, read_attempts, status,
    ):  # fmt: skip
        webhook_id = subscribe(receiver)

        def redeliver():
            replay.redeliver(webhook_id, read_delivery().id, by=OPERATOR)

        receiver.behaviours = [meanwhile(redeliver, status), respond(201)]
        happen()
        deliver()

        assert [each.status for each in read_attempts()] == [status, 201]
        assert read_delivery().state == "delivered"
