"""After the erasure of an account its deliveries have ids alone, and are still sent (A-08)."""

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from api.core import clock
from api.core.database import db, in_transaction
from api.core.events import Event
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.jobs.registry import repeat_in_transactions
from api.webhooks import erasure, queue, replay
from api.webhooks.models import WebhookDelivery, WebhookErasure
from tests.webhooks.receiver import receive, respond

REASON = "Ada has left us"
RESPONSE = respond(200, b"Ada is suspended", x_user="ada")
run_job = repeat_in_transactions(erasure.erase_batch)


@pytest.fixture
def receiver():
    with receive(RESPONSE) as started:
        yield started


@pytest.fixture
def suspend(happen):
    return lambda subject=None: happen(subject, Event.USER_SUSPENDED, reason=REASON)


@pytest.fixture
def erase(happen):
    return lambda subject: happen(subject, Event.USER_PURGED)


def is_thin(body):
    return orjson.loads(body)["data"].keys() == {"event_id", "subject_id"}


def list_received(receiver):
    bodies = [orjson.loads(request.body) for request in receiver.requests]
    return [(body["type"], body["data"].keys()) for body in bodies]


def list_erasures():
    return db.session.scalars(select(WebhookErasure.subject_id)).all()


def test_what_waits_loses_its_details_in_the_transaction_of_the_erasure(
    receiver, subscribe, suspend, erase, read_deliveries
):
    subscribe(receiver, payload="full")
    ada = suspend()
    erase(ada)

    suspended, purged = read_deliveries()
    assert is_thin(suspended.body)
    assert (suspended.state, purged.state) == ("pending", "pending")


def test_what_waits_is_sent_in_its_order_and_without_details(
    receiver, subscribe, suspend, erase, deliver, move_clock
):
    receiver.behaviours.append(respond(503))
    subscribe(receiver, payload="full", ordered=True)
    ada = suspend()
    deliver()
    erase(ada)
    run_job()
    move_clock(minutes=1)
    deliver()

    ids = {"event_id", "subject_id"}
    assert list_received(receiver)[1:] == [("user.suspended", ids), ("user.purged", ids)]


def test_what_was_delivered_and_its_response_lose_what_they_had(
    receiver, subscribe, suspend, erase, deliver, read_deliveries, read_attempts
):
    subscribe(receiver, payload="full")
    ada = suspend()
    deliver()
    erase(ada)
    run_job()

    suspended, _ = read_deliveries()
    [attempt] = read_attempts()
    assert is_thin(suspended.body)
    assert suspended.state == "delivered"
    assert (attempt.status, attempt.response_body, attempt.response_headers) == (200, None, None)


def test_a_thin_payload_keeps_its_body_and_not_the_response(
    receiver, subscribe, suspend, erase, deliver, read_deliveries, read_attempts
):
    subscribe(receiver)
    ada = suspend()
    deliver()
    before = read_deliveries()[0].body
    erase(ada)
    run_job()

    assert read_deliveries()[0].body == before
    assert read_attempts()[0].response_body is None


def test_deliveries_about_other_accounts_stay_as_they_are(
    receiver, subscribe, suspend, erase, deliver, read_deliveries, read_attempts
):
    subscribe(receiver, payload="full")
    suspend()
    deliver()
    erase(new_id())
    run_job()

    suspended = read_deliveries()[0]
    assert REASON in suspended.body
    assert read_attempts()[0].response_body == "Ada is suspended"


def test_many_deliveries_are_erased_in_batches(
    receiver, subscribe, suspend, erase, deliver, read_deliveries, monkeypatch
):
    monkeypatch.setattr(erasure, "BATCH_ROWS", 2)
    subscribe(receiver, payload="full")
    ada = suspend()
    for _ in range(4):
        suspend(ada)
    deliver()
    erase(ada)
    assert not all(is_thin(each.body) for each in read_deliveries())
    run_job()

    assert all(is_thin(each.body) for each in read_deliveries())


def test_an_attempt_that_was_under_way_leaves_no_response(
    receiver, subscribe, suspend, erase, read_attempts, deliver, move_clock, app
):
    def erase_meanwhile(handler):
        with app.app_context():
            erase(ada)
            run_job()
        RESPONSE(handler)

    receiver.behaviours.append(erase_meanwhile)
    subscribe(receiver, payload="full", events=["user.suspended"])
    ada = suspend()
    deliver()
    assert read_attempts()[0].response_body is not None
    move_clock(minutes=6)
    run_job()

    assert read_attempts()[0].response_body is None
    assert list_erasures() == []


def test_the_job_looks_at_an_account_until_nothing_about_it_waits(
    receiver, subscribe, suspend, erase, deliver, read_attempts, move_clock
):
    receiver.behaviours.append(respond(500))
    subscribe(receiver, payload="full", events=["user.purged"])
    ada = new_id()
    erase(ada)
    move_clock(minutes=6)
    run_job()
    deliver()
    move_clock(hours=1, minutes=1)
    run_job()
    assert list_erasures() == [ada]
    deliver()
    move_clock(hours=1, minutes=1)
    run_job()

    assert list_erasures() == []
    assert [attempt.status for attempt in read_attempts()] == [500, 200]
    assert {attempt.response_body for attempt in read_attempts()} == {None}


def test_a_delivery_that_is_locked_is_erased_later_and_keeps_nobody_waiting(
    app, receiver, subscribe, suspend, erase, read_delivery, move_clock, pytestconfig
):
    if pytestconfig.getoption("database") != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    subscribe(receiver, payload="full", events=["user.suspended"])
    ada = suspend()
    with db.engine.connect() as other:
        other.execute(select(WebhookDelivery.id).with_for_update())
        erase(ada)
        move_clock(minutes=6)
        run_job()
    assert REASON in read_delivery().body
    move_clock(hours=1, minutes=1)
    run_job()

    assert is_thin(read_delivery().body)


class TestReplay:
    @pytest.fixture
    def replay_all(self):
        def replay_last_hour(webhook_id):
            now, hour = clock.now(), timedelta(hours=1)
            given = {"begin": now - hour, "end": now + hour, "events": None, "only_failed": False}
            return in_transaction(lambda: replay.replay(webhook_id, given, by=OPERATOR))

        return replay_last_hour

    def test_the_events_of_an_erased_account_are_replayed_without_details(
        self, receiver, subscribe, suspend, erase, replay_all, read_deliveries
    ):
        ada, grace = suspend(), suspend()
        erase(ada)
        replay_all(subscribe(receiver, payload="full"))

        thin = {(each.subject_id, each.event): is_thin(each.body) for each in read_deliveries()}
        assert thin == {
            (ada, "user.suspended"): True,
            (ada, "user.purged"): True,
            (grace, "user.suspended"): False,
        }

    def test_what_is_delivered_again_has_no_details(
        self, receiver, subscribe, suspend, erase, deliver, read_deliveries
    ):
        webhook_id = subscribe(receiver, payload="full")
        ada = suspend()
        deliver()
        erase(ada)
        run_job()
        delivery_id = read_deliveries()[0].id
        in_transaction(lambda: replay.redeliver(webhook_id, delivery_id, by=OPERATOR))
        assert is_thin(in_transaction(lambda: queue.take_webhook(webhook_id)).claim.body)

    @pytest.mark.parametrize("request_name", ["redeliver", "replay", "replay_to_another"])
    def test_the_response_to_what_is_delivered_again_is_deleted_later(
        self,
        receiver,
        subscribe,
        suspend,
        erase,
        deliver,
        replay_all,
        read_deliveries,
        read_attempts,
        move_clock,
        request_name,
    ):
        webhook_id = subscribe(receiver)
        ada = suspend()
        erase(ada)
        deliver()
        move_clock(minutes=6)
        run_job()
        assert list_erasures() == []

        delivery_id = read_deliveries()[0].id
        if request_name == "redeliver":
            in_transaction(lambda: replay.redeliver(webhook_id, delivery_id, by=OPERATOR))
        else:
            replay_all(webhook_id if request_name == "replay" else subscribe(receiver))
        deliver()
        assert read_attempts()[-1].response_body is not None
        move_clock(hours=1, minutes=6)
        run_job()

        assert {attempt.response_body for attempt in read_attempts()} == {None}
        move_clock(minutes=6)
        run_job()
        assert list_erasures() == []
