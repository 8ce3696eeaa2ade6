"""What is sent to webhooks, and what follows from the responses (W-02, W-03)."""

import base64
import hashlib
import hmac
import time
from datetime import timedelta
from email.utils import format_datetime

import orjson
import pytest

from api.core import clock
from api.core.database import in_transaction
from api.core.errors import DatabaseUnavailable
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.webhooks import delivery as delivery_module
from api.webhooks import queue
from api.webhooks.claiming import LEASE
from api.webhooks.signing_secrets import encrypt_secret, make_secret
from tests.webhooks.deliveries import SECRET, change_webhook
from tests.webhooks.receiver import break_off, hang, respond

FORMER = make_secret()


def sign(request, secret):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    name, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    digest = hmac.new(key, f"{name}.{at}.".encode() + request.body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


class TestASuccess:
    def test_an_event_is_delivered_with_its_body(self, receiver, subscribe, happen, deliver):
        subscribe(receiver)
        subject = happen()
        deliver()

        [request] = receiver.requests
        body = orjson.loads(request.body)
        assert body["type"] == "user.created"
        assert body["data"]["subject_id"] == str(subject)
        assert request.headers["content-type"] == "application/json"

    def test_it_is_recorded(
        self, receiver, subscribe, happen, deliver, read_delivery, read_attempts
    ):
        receiver.usual = respond(200, b"thanks\0", x_trace="7", set_cookie="secret=1")
        subscribe(receiver)
        happen()
        deliver()

        delivery, [attempt] = read_delivery(), read_attempts()
        assert (delivery.state, delivery.attempts, delivery.last_error) == ("delivered", 1, None)
        assert delivery.delivered_at is not None
        assert (attempt.status, attempt.error, attempt.address) == (200, None, "127.0.0.1")
        assert (attempt.url, attempt.response_body) == (receiver.url, "thanks\ufffd")
        assert attempt.response_headers["x-trace"] == "7"
        assert "set-cookie" not in attempt.response_headers
        assert attempt.request_headers["webhook-id"] == str(delivery.id)
        assert "webhook-signature" not in attempt.request_headers

    def test_an_event_that_is_rolled_back_is_not_delivered(
        self, receiver, subscribe, deliver, read_deliveries
    ):
        def fail():
            emit(Event.USER_CREATED, subject=new_id(), by=OPERATOR)
            raise ZeroDivisionError

        subscribe(receiver)
        with pytest.raises(ZeroDivisionError):
            in_transaction(fail)
        deliver()
        assert (receiver.requests, read_deliveries()) == ([], [])

    def test_events_that_the_webhook_did_not_choose_are_not_delivered(
        self, receiver, subscribe, happen, deliver
    ):
        subscribe(receiver, events=["user.deleted"])
        subscribe(receiver, enabled=False)
        happen()
        happen(event=Event.LOGIN_FAILED, reason="wrong_password")
        deliver()
        assert receiver.requests == []

    def test_only_the_beginning_of_a_response_is_kept(
        self, receiver, subscribe, happen, deliver, read_attempts
    ):
        receiver.usual = respond(200, b"x" * 10_000)
        subscribe(receiver)
        happen()
        deliver()
        assert len(read_attempts()[0].response_body) == 4096

    def test_deliveries_of_a_turn_share_a_connection(self, receiver, subscribe, happen, deliver):
        subscribe(receiver)
        for _ in range(3):
            happen()
        deliver()
        assert (len(receiver.requests), receiver.connections) == (3, 1)


class TestSignatures:
    def test_W_02_a_delivery_is_signed(self, receiver, subscribe, happen, deliver):
        subscribe(receiver)
        happen()
        deliver()

        [request] = receiver.requests
        assert request.headers["webhook-signature"] == sign(request, SECRET)
        assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60

    @pytest.mark.parametrize(("hours", "number"), [(1, 2), (-1, 1)])
    def test_W_02_the_former_secret_signs_too_while_it_is_valid(
        self, receiver, subscribe, happen, deliver, hours, number
    ):
        webhook_id = subscribe(receiver)
        encrypted = encrypt_secret(FORMER, webhook_id)
        until = clock.now() + timedelta(hours=hours)
        change_webhook(webhook_id, former_secret=encrypted, former_secret_until=until)
        happen()
        deliver()

        [request] = receiver.requests
        expected = [sign(request, SECRET), sign(request, FORMER)][:number]
        assert request.headers["webhook-signature"].split(" ") == expected

    def test_W_02_the_id_stays_and_the_timestamp_is_that_of_the_attempt(
        self, receiver, subscribe, happen, deliver, make_due, move_clock
    ):
        receiver.behaviours = [respond(500)]
        subscribe(receiver)
        happen()
        deliver()
        move_clock(minutes=5)
        make_due()
        deliver()

        first, second = receiver.requests
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        stamps = [int(each.headers["webhook-timestamp"]) for each in (first, second)]
        assert stamps[1] - stamps[0] >= 300


class TestErrorsOfOurs:
    """They are no failures of the receiver."""

    @pytest.fixture
    def expect_postponed(self, receiver, deliver, make_due, move_clock, read_delivery, read_webhook,
                         read_attempts):  # fmt: skip
        """Deliver on more days than disable a webhook, and expect that it stays as it was."""

        def expect(webhook_id, error):
            for day in range(6):
                deliver()
                delivery = read_delivery()
                assert (delivery.attempts, delivery.last_error) == (min(day + 1, 4), error)
                move_clock(days=1)
                make_due()
            assert receiver.requests == []
            assert {each.error for each in read_attempts()} == {error}
            webhook = read_webhook(webhook_id)
            assert (webhook.enabled, webhook.failures, webhook.failing_since) == (True, 0, None)
            assert webhook.slow

        return expect

    def test_with_another_encryption_key_it_waits(
        self, receiver, subscribe, happen, expect_postponed
    ):
        webhook_id = subscribe(receiver, slow=True)
        change_webhook(webhook_id, secret=encrypt_secret(SECRET, new_id()))
        happen()

        expect_postponed(webhook_id, "the secret is encrypted with another ENCRYPTION_KEY")

    def test_after_an_unexpected_error_it_waits(
        self, receiver, subscribe, happen, expect_postponed, monkeypatch
    ):
        def fail(*_args, **_names):
            raise RuntimeError("a defect")

        monkeypatch.setattr(delivery_module, "make_headers", fail)
        webhook_id = subscribe(receiver, slow=True)
        happen()

        expect_postponed(webhook_id, "unexpected RuntimeError; see the log")


class TestADatabaseThatDoesNotAnswer:
    def test_an_attempt_is_recorded_again_until_the_claim_ends(
        self, receiver, subscribe, happen, deliver, monkeypatch, move_clock
    ):
        tries = []

        def fail(*_args, **_names):
            tries.append(clock.now())
            move_clock(seconds=LEASE.total_seconds() * 0.6)
            raise DatabaseUnavailable

        monkeypatch.setattr(delivery_module, "RECORD_INTERVAL_SECONDS", 0)
        monkeypatch.setattr(queue, "record_attempt", fail)
        subscribe(receiver)
        happen()

        with pytest.raises(DatabaseUnavailable):
            deliver()
        assert len(tries) == 2


class TestErrors:
    @pytest.mark.parametrize("status", [301, 400, 404, 500, 503])
    def test_W_03_any_other_status_is_tried_again_later(
        self, receiver, subscribe, happen, deliver, make_due, read_delivery, status
    ):
        receiver.behaviours = [respond(status)]
        subscribe(receiver)
        happen()
        deliver()

        delivery = read_delivery()
        assert (delivery.state, delivery.last_error) == ("pending", f"status {status}")
        assert 4 <= (delivery.next_attempt_at - clock.now()).total_seconds() <= 6

        make_due()
        deliver()
        assert read_delivery().state == "delivered"

    def test_W_03_a_receiver_that_hangs_is_slow_until_it_answers_again(
        self, receiver, subscribe, happen, deliver, make_due, read_webhook, read_attempts
    ):
        receiver.behaviours = [hang]
        webhook_id = subscribe(receiver)
        happen()
        deliver()
        assert (read_webhook(webhook_id).slow, read_webhook(webhook_id).failures) == (True, 1)
        assert read_attempts()[0].error == "no response in time"

        make_due()
        deliver()
        webhook = read_webhook(webhook_id)
        assert (webhook.slow, webhook.failures, webhook.failing_since) == (False, 0, None)

    def test_W_03_a_delivery_is_given_up_after_three_days(
        self, receiver, subscribe, happen, deliver, make_due, move_clock, read_delivery
    ):
        receiver.usual = respond(500)
        subscribe(receiver)
        happen()
        deliver()
        move_clock(days=3, seconds=1)
        make_due()
        deliver()

        delivery = read_delivery()
        assert (delivery.state, delivery.attempts, delivery.last_error) == (
            "failed",
            2,
            "status 500",
        )

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("form", ["seconds", "date"])
    def test_the_whole_webhook_rests_for_as_long_as_the_receiver_asks(
        self, receiver, subscribe, happen, deliver, read_webhook, status, form
    ):
        later = format_datetime(clock.now() + timedelta(minutes=10), usegmt=True)
        receiver.behaviours = [respond(status, retry_after="600" if form == "seconds" else later)]
        webhook_id = subscribe(receiver)
        happen()
        happen()
        deliver()

        assert len(receiver.requests) == 1
        rest = read_webhook(webhook_id).paused_until - clock.now()
        assert 590 < rest.total_seconds() <= 601

    def test_a_dead_receiver_rests_after_five_failures_in_a_row(
        self, receiver, subscribe, happen, deliver, read_webhook
    ):
        receiver.usual = break_off
        webhook_id = subscribe(receiver)
        for _ in range(10):
            happen()
        deliver()

        webhook = read_webhook(webhook_id)
        assert (len(receiver.requests), webhook.failures) == (5, 5)
        assert webhook.paused_until > clock.now()

    def test_a_message_that_is_never_accepted_does_not_delay_the_others(
        self, receiver, subscribe, happen, deliver, read_deliveries
    ):
        receiver.behaviours = [respond(400)]
        subscribe(receiver)
        for _ in range(3):
            happen()
        deliver()
        states = [delivery.state for delivery in read_deliveries()]
        assert states == ["pending", "delivered", "delivered"]


class TestOrder:
    def test_events_of_a_subject_wait_for_the_one_before(
        self, receiver, subscribe, happen, deliver, make_due, read_deliveries
    ):
        receiver.behaviours = [respond(500)]
        subscribe(receiver, ordered=True)
        ada, ben = new_id(), new_id()
        happen(ada)
        happen(ada, Event.USER_DELETED)
        happen(ben)
        deliver()

        def list_received():
            bodies = [orjson.loads(request.body) for request in receiver.requests]
            return [(body["data"]["subject_id"], body["type"]) for body in bodies]

        first = [(str(ada), "user.created"), (str(ben), "user.created")]
        assert list_received() == first
        make_due()
        deliver()
        second = [(str(ada), "user.created"), (str(ada), "user.deleted")]
        assert list_received() == [*first, *second]

    def test_without_the_option_they_do_not_wait(self, receiver, subscribe, happen, deliver):
        receiver.behaviours = [respond(500)]
        subscribe(receiver)
        ada = happen()
        happen(ada, Event.USER_DELETED)
        deliver()
        assert len(receiver.requests) == 2
