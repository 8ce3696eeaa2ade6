"""Storing, retrying and purging messages."""

import pytest

from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.outbox import service
from api.outbox.delivery import deliver_next
from api.outbox.errors import MessageNotDead, MessageNotFound, PermanentDeliveryError
from api.outbox.models import State
from api.outbox.service import read_content

GONE = PermanentDeliveryError("no such mailbox")


def test_the_content_is_encrypted(add, read):
    message = read(add("Hello, Ada"))

    assert b"Ada" not in message.content
    assert read_content(message) == {"text": "Hello, Ada"}


class TestRetry:
    def test_a_dead_message_is_delivered_after_a_retry(self, add, receiver, read, recorded):
        message_id = add()
        receiver.errors = [GONE]
        deliver_next()

        in_transaction(lambda: service.retry(message_id, by=OPERATOR))
        assert deliver_next()

        assert read(message_id).state == State.DELIVERED
        assert recorded() == ["outbox.message_failed", "outbox.message_retried"]

    def test_a_pending_message_is_not_retried(self, add):
        message_id = add()

        with pytest.raises(MessageNotDead):
            in_transaction(lambda: service.retry(message_id, by=OPERATOR))

    def test_an_unknown_message_is_not_found(self, context):
        with pytest.raises(MessageNotFound):
            in_transaction(lambda: service.retry(new_id(), by=OPERATOR))


class TestPurge:
    def test_delivered_messages_are_deleted_after_a_week(self, add, read, receiver, advance_clock):
        add()
        deliver_next()
        pending = add(kind="webhook")

        advance_clock(days=6, hours=23)
        assert in_transaction(service.purge) == 0
        advance_clock(hours=2)
        assert in_transaction(service.purge) == 1
        assert read(pending).state == State.PENDING

    def test_dead_messages_are_deleted_after_a_month(self, add, receiver, advance_clock):
        add()
        receiver.errors = [GONE]
        deliver_next()

        advance_clock(days=29)
        assert in_transaction(service.purge) == 0
        advance_clock(days=2)
        assert in_transaction(service.purge) == 1
