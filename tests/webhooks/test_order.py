"""The order of the events of an account, and what a claim costs (W-03)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import String, func, select, update

from api.core import clock
from api.core.database import db, in_transaction, transaction
from api.core.events import Event
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.webhooks import claiming, queue, replay, service, states
from api.webhooks.models import Webhook, WebhookDelivery
from tests.webhooks.deliveries import wait_for_a_lock
from tests.webhooks.many_deliveries import count_rows_read, store
from tests.webhooks.recorded_events import record_creations

MAX_ROWS = 1000  # that a claim reads of the table, whatever waits
PENDING = 20_000
POSTPONED = timedelta(hours=1)


def list_types(receiver):
    return [orjson.loads(request.body)["type"] for request in receiver.requests]


def replay_last_hour(webhook_id):
    now = clock.now()
    given = {
        "begin": now - timedelta(hours=1),
        "end": now + timedelta(hours=1),
        "events": ["user.created", "user.deleted", "user.restored"],
        "only_failed": False,
    }
    return in_transaction(lambda: replay.replay(webhook_id, given, by=OPERATOR)).deliveries


def set_enabled(webhook_id, enabled):
    in_transaction(lambda: service.update(webhook_id, {"enabled": enabled}, by=OPERATOR))


class TestTheOrderOfEvents:
    def test_a_replayed_event_comes_before_later_ones_that_wait(
        self, receiver, subscribe, happen, deliver
    ):
        names = ["user.created", "user.deleted", "user.restored"]
        webhook_id = subscribe(receiver, ordered=True, events=names)
        set_enabled(webhook_id, enabled=False)
        ada = happen()
        set_enabled(webhook_id, enabled=True)
        happen(ada, Event.USER_RESTORED)
        replay_last_hour(webhook_id)
        happen(ada, Event.USER_DELETED)
        deliver()

        assert list_types(receiver) == ["user.created", "user.restored", "user.deleted"]

    def test_events_about_no_account_do_not_wait(self, receiver, subscribe, deliver):
        webhook_id = subscribe(receiver, ordered=True)
        first = in_transaction(lambda: replay.send_test(webhook_id)).id
        in_transaction(lambda: replay.send_test(webhook_id))
        postpone(WebhookDelivery.id == first)
        deliver()

        assert list_types(receiver) == ["webhook.test"]


def postpone(condition):
    later = clock.now() + POSTPONED
    in_transaction(
        lambda: db.session.execute(
            update(WebhookDelivery).where(condition).values(next_attempt_at=later)
        )
    )


def take_and_count(webhook_id):
    """Claim a delivery, and return it with the number of the rows that were read for that."""
    return in_transaction(lambda: (queue.take_webhook(webhook_id).claim, count_rows_read()))


def find():
    return claiming.find_waiting_webhook(slow=False, excluded=[]).id


def find_and_count():
    """Find a webhook, and return how many deliveries were read for that."""
    values = {"slow": False, "excluded": [], "now": clock.now()}

    def find_in_transaction():
        before = count_rows_read()  # what the server has not yet counted of former transactions
        db.session.execute(claiming.SELECT_WAITING, values).one()
        return count_rows_read() - before

    return in_transaction(find_in_transaction)


def take(webhook_id):
    return in_transaction(lambda: queue.take_webhook(webhook_id)).claim


class TestTheCostOfAClaim:
    @pytest.mark.parametrize("subjects", [1, 2000], ids=["one_account", "many_accounts"])
    def test_W_03_it_does_not_grow_with_what_waits(self, receiver, subscribe, subjects):
        webhook_id = subscribe(receiver, ordered=True)
        store(webhook_id, PENDING, subjects)

        assert find() == webhook_id
        claims = [take_and_count(webhook_id) for _ in range(3)]
        assert max(rows for _, rows in claims) < MAX_ROWS
        assert sum(claim is not None for claim, _ in claims) == min(subjects, 3)

    def test_an_account_is_found_behind_one_whose_first_is_postponed(self, receiver, subscribe):
        webhook_id = subscribe(receiver, ordered=True)
        [ada] = store(webhook_id, PENDING, 1)
        first = select(WebhookDelivery.id).where(WebhookDelivery.subject_id == ada)
        postpone(WebhookDelivery.id.in_(first.order_by(WebhookDelivery.event_at).limit(1)))

        assert take(webhook_id) is None

        [ben] = store(webhook_id, 1, 1)
        later = update(WebhookDelivery).where(WebhookDelivery.subject_id == ben)
        in_transaction(lambda: db.session.execute(later.values(next_attempt_at=clock.now())))
        claim = take(webhook_id)
        assert db.session.get_one(WebhookDelivery, claim.id).subject_id == ben

    def test_W_03_finding_a_webhook_does_not_grow_with_the_accounts_that_wait(
        self, receiver, subscribe
    ):
        webhook_id = subscribe(receiver, ordered=True)
        store(webhook_id, 4 * MAX_ROWS, 2 * MAX_ROWS)
        first = select(func.min(WebhookDelivery.event_at)).group_by(WebhookDelivery.subject_id)
        postpone(WebhookDelivery.event_at.in_(first))

        assert find_and_count() < MAX_ROWS
        assert take(webhook_id) is None


class TestTwoClaimsAtOnce:
    KEY = 29  # of an advisory lock

    @pytest.mark.parametrize("ordered", [False, True])
    def test_W_03_what_is_claimed_after_the_snapshot_of_another_claim_is_not_claimed_again(
        self, app, receiver, subscribe, happen, monkeypatch, pytestconfig, ordered
    ):
        if pytestconfig.getoption("database") != "postgresql":
            pytest.skip("SQLite has one writer at a time")
        webhook_id = subscribe(receiver, ordered=ordered)
        happen()
        with ThreadPoolExecutor() as threads:
            with db.engine.begin() as holder, monkeypatch.context() as changed:
                holder.execute(select(func.pg_advisory_xact_lock(self.KEY)))
                for name in ("CLAIM", "CLAIMS_IN_ORDER"):
                    changed.setattr(claiming, name, self.make_waiting(getattr(claiming, name)))
                late = threads.submit(self.claim_again, app, webhook_id)
                wait_for_a_lock()  # it has its snapshot, and has locked no delivery
                changed.undo()
                assert take(webhook_id) is not None
            assert late.result(30) is None

    def make_waiting(self, statements):
        """Let claims wait for the advisory lock after their snapshot."""
        if isinstance(statements, tuple):
            return tuple(self.make_waiting(each) for each in statements)
        lock = select(func.pg_advisory_xact_lock(self.KEY)).scalar_subquery()
        return statements.where(lock.cast(String).is_not(None))

    def claim_again(self, app, webhook_id):
        """Claim a delivery as it is done after an attempt."""
        with app.app_context(), transaction():
            webhook = states.lock_webhook(webhook_id, to_change=False)
            return claiming.claim_delivery(webhook)


def test_ten_thousand_events_can_be_replayed_twice_without_statistics(receiver, subscribe):
    record_creations([new_id() for _ in range(replay.MAX_REPLAYED_EVENTS)], clock.now())
    webhook_id = subscribe(receiver)

    assert replay_last_hour(webhook_id) == replay.MAX_REPLAYED_EVENTS
    assert replay_last_hour(webhook_id) == replay.MAX_REPLAYED_EVENTS


@pytest.mark.parametrize("request_name", ["test", "redeliver", "replay"])
def test_a_request_of_a_person_ends_a_pause(
    receiver, subscribe, deliver, read_webhook, request_name
):
    webhook_id = subscribe(receiver)
    sent = in_transaction(lambda: replay.send_test(webhook_id)).id
    later = {"paused_until": clock.now() + POSTPONED, "updated_at": Webhook.updated_at}
    in_transaction(lambda: db.session.execute(update(Webhook).values(later)))
    before = read_webhook(webhook_id)
    version, updated_at = before.version, before.updated_at
    requests = {
        "test": lambda: replay.send_test(webhook_id),
        "redeliver": lambda: replay.redeliver(webhook_id, sent, by=OPERATOR),
    }
    if request_name == "replay":
        replay_last_hour(webhook_id)
    else:
        in_transaction(requests[request_name])
    deliver()

    assert receiver.requests
    after = read_webhook(webhook_id)
    assert (after.paused_until, after.version, after.updated_at) == (None, version, updated_at)
