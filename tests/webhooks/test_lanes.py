"""How the threads of a worker share the webhooks (W-03)."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from threading import Event as Flag
from threading import Semaphore

import pytest
from sqlalchemy import select, update

from api.core import clock
from api.core.database import db, in_transaction
from api.core.errors import DatabaseUnavailable
from api.core.events import Event
from api.webhooks import lanes, queue
from api.webhooks.lanes import MAX_THREADS_PER_WEBHOOK, Lane
from api.webhooks.models import Webhook, WebhookDelivery
from tests.webhooks.receiver import receive, respond


class Holding:
    """Takes requests, and responds when it is told to."""

    def __init__(self):
        self.taken = Semaphore(0)
        self.answering = Flag()

    def __call__(self, handler):
        self.taken.release()
        self.answering.wait(30)
        respond()(handler)


@pytest.fixture
def opened():
    with ExitStack() as stack:
        yield stack


def work(app, lane):
    with app.app_context():
        return lane.deliver_next()


def test_W_03_a_webhook_has_two_threads_of_a_lane_and_the_next_one_takes_another(
    app, opened, subscribe, happen
):
    holding = Holding()
    held, other = opened.enter_context(receive(holding)), opened.enter_context(receive())
    subscribe(held, events=["user.created"])
    subscribe(other, events=["user.deleted"])
    for _ in range(5):
        happen()
    lane = Lane(slow=False, stop=Flag())
    lane.stop.set()  # so that a turn has one delivery
    with ThreadPoolExecutor() as threads:
        busy = []
        for _ in range(MAX_THREADS_PER_WEBHOOK):  # one claims after the other
            busy.append(threads.submit(work, app, lane))
            assert holding.taken.acquire(timeout=10)

        assert not work(app, lane)
        assert len(held.requests) == MAX_THREADS_PER_WEBHOOK
        holding.answering.set()
        assert all(each.result() for each in busy)
    assert work(app, Lane(slow=False, stop=lane.stop))


def test_W_03_a_webhook_has_one_thread_while_more_than_half_of_the_lane_is_busy(
    app, opened, subscribe, happen
):
    holding = Holding()
    held = opened.enter_context(receive(holding))
    for _ in range(3):
        subscribe(held)
    for _ in range(3):
        happen()
    lane = Lane(slow=False, stop=Flag())
    lane.threads = 4
    lane.stop.set()  # so that a turn has one delivery
    with ThreadPoolExecutor() as threads:
        busy = []
        for _ in range(3):  # one after the other, so that each takes another webhook
            busy.append(threads.submit(work, app, lane))
            assert holding.taken.acquire(timeout=10)

        assert not work(app, lane)
        holding.answering.set()
        assert all(each.result() for each in busy)
    assert work(app, Lane(slow=False, stop=lane.stop))


def test_the_webhook_that_has_waited_longest_is_next(app, opened, subscribe, happen):
    receivers = [opened.enter_context(receive()) for _ in range(3)]
    for receiver in receivers:
        subscribe(receiver)
    for _ in range(2):
        happen()
    stop = Flag()
    stop.set()
    lane = Lane(slow=False, stop=stop)
    counts = []
    for _ in range(6):
        work(app, lane)
        counts.append(sorted(len(receiver.requests) for receiver in receivers))

    assert counts == [[0, 0, 1], [0, 1, 1], [1, 1, 1], [1, 1, 2], [1, 2, 2], [2, 2, 2]]


def test_W_03_webhooks_that_hung_lately_share_a_quarter_of_the_fast_lane(
    app, opened, subscribe, happen, monkeypatch
):
    holding = Holding()
    held, healthy = opened.enter_context(receive()), opened.enter_context(receive())
    for _ in range(2):
        subscribe(held, events=["user.created"])
    subscribe(healthy, events=["user.deleted"])
    lane = Lane(slow=False, stop=Flag())
    lane.threads = 4
    lane.stop.set()  # so that a turn has one delivery
    happen()
    with monkeypatch.context() as changed:
        changed.setattr(lanes, "HANGING_SECONDS", 0)
        assert [work(app, lane) for _ in range(2)] == [True, True]

    held.usual = holding
    happen()
    with ThreadPoolExecutor() as threads:
        busy = threads.submit(work, app, lane)
        assert holding.taken.acquire(timeout=10)
        happen(event=Event.USER_DELETED)
        assert [work(app, lane) for _ in range(2)] == [True, False]
        assert len(healthy.requests) == 1
        holding.answering.set()
        assert busy.result()
    assert len(held.requests) == 3


def test_W_03_a_webhook_in_which_all_deliveries_wait_is_skipped_and_delays_no_other(
    app, opened, subscribe, happen, read_webhook, monkeypatch
):
    monkeypatch.setattr(lanes, "SKIP_FACTOR", 1_000_000)
    receiver = opened.enter_context(receive())
    ordered = subscribe(receiver, ordered=True, events=["user.created", "user.deleted"])
    ada = happen()
    postponed = update(WebhookDelivery).values(next_attempt_at=clock.now() + timedelta(hours=1))
    in_transaction(lambda: db.session.execute(postponed))
    happen(ada, Event.USER_DELETED)
    subscribe(receiver, events=["user.restored"])
    happen(ada, Event.USER_RESTORED)
    lane = Lane(slow=False, stop=Flag())

    assert [work(app, lane) for _ in range(3)] == [True, True, False]
    assert len(receiver.requests) == 1
    assert read_webhook(ordered).last_attempt_at is None


def test_a_webhook_is_skipped_no_longer_once_what_its_deliveries_waited_for_is_delivered(
    app, opened, subscribe, happen, monkeypatch
):
    monkeypatch.setattr(lanes, "SKIP_FACTOR", 1_000_000)
    holding = Holding()
    receiver = opened.enter_context(receive(holding))
    subscribe(receiver, ordered=True)
    happen(happen(), Event.USER_DELETED)
    lane = Lane(slow=False, stop=Flag())
    lane.stop.set()  # so that a turn has one delivery
    with ThreadPoolExecutor() as threads:
        first = threads.submit(work, app, lane)
        assert holding.taken.acquire(timeout=10)
        assert work(app, lane)  # finds nothing, so the webhook is skipped
        holding.answering.set()
        assert first.result()

    assert work(app, lane)
    assert len(receiver.requests) == 2


def test_a_thread_does_not_wait_for_a_webhook_that_is_being_changed(
    app, opened, subscribe, happen, monkeypatch, pytestconfig
):
    if pytestconfig.getoption("database") != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    monkeypatch.setattr(lanes, "SKIP_SECONDS", 1000)
    changed, free = opened.enter_context(receive()), opened.enter_context(receive())
    webhook_id = subscribe(changed)
    subscribe(free)
    happen()
    lane = Lane(slow=False, stop=Flag())
    with db.engine.begin() as other:
        is_changed = Webhook.id == webhook_id
        other.execute(select(Webhook.id).where(is_changed).with_for_update(key_share=True))
        assert [work(app, lane) for _ in range(3)] == [True, True, False]

    assert (len(changed.requests), len(free.requests)) == (0, 1)


class TestAClaimThatFails:
    @pytest.fixture
    def lane(self, monkeypatch):
        """A lane that skips a webhook for long after a search alone."""
        monkeypatch.setattr(lanes, "SKIP_SECONDS", 0)
        monkeypatch.setattr(lanes, "SKIP_FACTOR", 1_000_000)
        return Lane(slow=False, stop=Flag())

    def test_W_03_an_error_of_the_database_does_not_stop_an_ordered_webhook(
        self, app, receiver, subscribe, happen, monkeypatch, lane
    ):
        subscribe(receiver, ordered=True)
        happen()
        with monkeypatch.context() as failing:
            failing.setattr(queue, "take_webhook", raise_unavailable)
            with pytest.raises(DatabaseUnavailable):
                work(app, lane)

        assert work(app, lane)
        assert len(receiver.requests) == 1

    def test_W_03_a_change_of_an_ordered_webhook_does_not_stop_it(
        self, app, receiver, subscribe, happen, lane, pytestconfig
    ):
        if pytestconfig.getoption("database") != "postgresql":
            pytest.skip("SQLite has one writer at a time")
        webhook_id = subscribe(receiver, ordered=True)
        happen()
        with db.engine.begin() as other:
            is_changed = Webhook.id == webhook_id
            other.execute(select(Webhook.id).where(is_changed).with_for_update(key_share=True))
            assert work(app, lane)

        assert work(app, lane)
        assert len(receiver.requests) == 1

    def test_a_long_search_does_not_stop_an_ordered_webhook_for_long(
        self, app, receiver, subscribe, happen, monkeypatch, lane
    ):
        monkeypatch.setattr(lanes, "MAX_SKIP_SECONDS", 0)
        subscribe(receiver, ordered=True)
        ada = happen()
        postponed = update(WebhookDelivery).values(next_attempt_at=clock.now() + timedelta(hours=1))
        in_transaction(lambda: db.session.execute(postponed))
        happen(ada, Event.USER_DELETED)

        assert [work(app, lane) for _ in range(2)] == [True, True]

    def test_W_03_the_threads_do_not_ask_a_database_that_hangs_one_after_the_other(
        self, app, context, monkeypatch, lane
    ):
        monkeypatch.setattr(lanes, "find_waiting_webhook", raise_unavailable)
        with pytest.raises(DatabaseUnavailable):
            work(app, lane)

        assert not work(app, lane)  # without another search


def raise_unavailable(*_args, **_names):
    raise DatabaseUnavailable


@pytest.mark.parametrize("slow", [False, True])
def test_a_lane_has_the_webhooks_of_its_speed(app, opened, subscribe, happen, slow):
    receiver = opened.enter_context(receive())
    subscribe(receiver, slow=slow)
    happen()

    assert not work(app, Lane(slow=not slow, stop=Flag()))
    assert work(app, Lane(slow=slow, stop=Flag()))


def test_a_worker_that_stops_finishes_one_delivery_and_claims_no_other(
    app, opened, subscribe, happen, read_deliveries
):
    receiver = opened.enter_context(receive())
    subscribe(receiver)
    happen()
    happen()
    lane = Lane(slow=False, stop=Flag())
    receiver.behaviours = [lambda handler: (lane.stop.set(), respond()(handler))]
    work(app, lane)

    states = [(each.state, each.attempts) for each in read_deliveries()]
    assert states == [("delivered", 1), ("pending", 0)]
