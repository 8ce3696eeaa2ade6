"""Delivering messages: once if all goes well, again after errors, and never without an end."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from api.core import clock
from api.core.database import db, in_transaction
from api.outbox import queue
from api.outbox.delivery import deliver_next
from api.outbox.errors import PermanentDeliveryError, TransientDeliveryError
from api.outbox.models import OutboxMessage, State
from api.outbox.queue import LEASE, MAX_ATTEMPTS

BUSY = TransientDeliveryError("the server is busy")


def deliver_all() -> int:
    count = 0
    while deliver_next():
        count += 1
    return count


class TestSuccess:
    def test_messages_are_delivered_in_order(self, add, receiver):
        ids = [add(text) for text in ("first", "second")]

        assert deliver_all() == 2
        assert [delivery.message_id for delivery in receiver.received] == ids
        assert [delivery.content["text"] for delivery in receiver.received] == ["first", "second"]
        assert [delivery.attempt for delivery in receiver.received] == [1, 1]

    def test_a_delivered_message_has_no_content_any_more(self, add, receiver, read):
        message = read(add())
        deliver_all()

        message = read(message.id)
        assert (message.state, message.content, message.attempts) == (State.DELIVERED, None, 1)
        assert message.delivered_at

    def test_F_14_a_message_of_a_rolled_back_transaction_is_never_delivered(
        self, context, receiver
    ):
        db.session.add(OutboxMessage(kind="note", name="greeting", content=b""))
        db.session.flush()
        db.session.rollback()

        assert deliver_all() == 0

    def test_a_kind_without_a_channel_waits_for_a_version_that_has_one(self, add, receiver, read):
        later = add(kind="webhook")

        assert deliver_all() == 0
        assert read(later).attempts == 0


class TestErrors:
    def test_F_15_a_transient_error_is_tried_again_later(self, add, receiver, read, advance_clock):
        message_id = add()
        receiver.errors = [BUSY]

        assert deliver_all() == 1
        message = read(message_id)
        assert (message.state, message.last_error) == (State.PENDING, "the server is busy")
        assert message.next_attempt_at > clock.now()

        advance_clock(seconds=11)
        deliver_all()
        assert read(message_id).state == State.DELIVERED
        assert [delivery.attempt for delivery in receiver.received] == [2]

    def test_F_15_a_permanent_error_is_not_tried_again(
        self, add, receiver, read, recorded, subject
    ):
        message_id = add(subject_id=subject)
        receiver.errors = [PermanentDeliveryError("no such mailbox")]

        deliver_all()

        message = read(message_id)
        assert (message.state, message.last_error) == (State.DEAD, "no such mailbox")
        assert message.content is not None
        assert recorded() == ["outbox.message_failed"]

    def test_an_unexpected_error_is_logged_and_counts_as_transient(
        self, add, receiver, read, capsys
    ):
        message_id = add()
        receiver.errors = [RuntimeError("with ada@example.org")]

        deliver_all()

        message = read(message_id)
        assert message.state == State.PENDING
        assert message.last_error == "unexpected RuntimeError; see the log"
        assert '"event":"message.crashed"' in capsys.readouterr().out

    def test_F_14_a_message_that_fails_does_not_block_others(self, add, receiver):
        add("poison")
        receiver.errors = [BUSY]
        others = [add() for _ in range(3)]

        assert deliver_all() == 4
        assert [delivery.message_id for delivery in receiver.received] == others

    def test_F_14_a_message_is_given_up_after_the_last_attempt(
        self, add, receiver, read, advance_clock
    ):
        message_id = add()
        receiver.errors = [BUSY] * MAX_ATTEMPTS

        begin = clock.now()
        for _ in range(MAX_ATTEMPTS):
            advance_clock(hours=1)
            assert deliver_all() == 1

        assert read(message_id).state == State.DEAD
        assert clock.now() - begin > timedelta(hours=12)

    def test_F_14_a_message_whose_attempts_kill_the_worker_is_given_up(
        self, add, receiver, read, advance_clock
    ):
        message_id = add()
        for _ in range(MAX_ATTEMPTS):
            queue.claim_next()
            advance_clock(seconds=LEASE.total_seconds())

        deliver_all()

        assert read(message_id).state == State.DEAD
        assert receiver.received == []

    def test_content_of_another_key_waits(self, add, receiver, read):
        message_id = add()
        in_transaction(lambda: db.session.execute(update(OutboxMessage).values(content=bytes(40))))

        deliver_all()

        message = read(message_id)
        assert message.state == State.PENDING
        assert message.last_error == "the content is encrypted with another ENCRYPTION_KEY"


class TestClaims:
    def test_a_claimed_message_is_delivered_by_no_other_worker(self, add, receiver):
        add()

        assert queue.claim_next() is not None
        assert queue.claim_next() is None

    def test_F_14_a_claim_of_a_dead_worker_expires(self, add, receiver, advance_clock):
        message_id = add()
        queue.claim_next()

        advance_clock(seconds=LEASE.total_seconds())

        assert deliver_all() == 1
        assert [(each.message_id, each.attempt) for each in receiver.received] == [(message_id, 2)]

    def test_a_late_failure_does_not_disturb_the_next_claim(
        self, add, receiver, advance_clock, read
    ):
        message_id = add()
        late = queue.claim_next()
        advance_clock(seconds=LEASE.total_seconds())
        db.session.expunge_all()
        queue.claim_next()
        due = read(message_id).next_attempt_at

        in_transaction(lambda: queue.record_outcome(late, PermanentDeliveryError("too late")))

        message = read(message_id)
        assert (message.state, message.next_attempt_at) == (State.PENDING, due)

    def test_a_late_success_counts(self, add, receiver, advance_clock, read):
        message_id = add()
        late = queue.claim_next()
        advance_clock(seconds=LEASE.total_seconds())
        db.session.expunge_all()
        queue.claim_next()

        in_transaction(lambda: queue.record_outcome(late, None))

        assert read(message_id).state == State.DELIVERED

    def test_a_message_that_was_deleted_meanwhile_does_no_harm(self, add, receiver):
        add()
        message = queue.claim_next()
        in_transaction(lambda: db.session.execute(delete(OutboxMessage)))

        in_transaction(lambda: queue.record_outcome(message, None))

        assert db.session.scalars(select(OutboxMessage)).all() == []


class TestDelays:
    @pytest.mark.parametrize(
        ("attempts", "shortest", "longest"),
        [(1, 5, 10), (2, 10, 20), (5, 80, 160), (39, 1800, 3600)],
    )
    def test_delays_double_up_to_an_hour_and_are_partly_random(self, attempts, shortest, longest):
        delays = {queue.choose_delay(attempts, BUSY).total_seconds() for _ in range(50)}

        assert len(delays) > 1
        assert shortest <= min(delays) <= max(delays) <= longest

    def test_the_delay_that_a_receiver_asks_for_is_kept(self):
        asked = TransientDeliveryError("slow down", retry_after_seconds=7200)

        assert queue.choose_delay(1, asked) == timedelta(hours=2)

    def test_a_receiver_cannot_ask_for_years(self):
        asked = TransientDeliveryError("slow down", retry_after_seconds=1e9)

        assert queue.choose_delay(1, asked) == timedelta(days=1)
