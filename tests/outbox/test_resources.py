"""The HTTP side of the outbox: pages, filters, members and permissions."""

import pytest

from api.core.database import in_transaction
from api.core.secrets import new_id
from api.outbox import service
from api.outbox.delivery import deliver_next
from api.outbox.errors import PermanentDeliveryError

OUTBOX = "/api/outbox"
MEMBERS = {
    "id", "kind", "name", "subject_id", "state", "attempts", "last_error", "created_at",
    "next_attempt_at", "delivered_at",
}  # fmt: skip


@pytest.fixture
def store(app):
    """Store messages about these accounts, in this order."""

    def store_messages(*subjects):
        with app.app_context():
            return [
                in_transaction(
                    lambda subject=subject: service.add_message(
                        "note", "greeting", {"text": "private"}, subject_id=subject
                    )
                )
                for subject in subjects
            ]

    return store_messages


@pytest.fixture
def deliver(app, receiver):
    def deliver_messages(*errors):
        receiver.errors = list(errors)
        with app.app_context():
            while deliver_next():
                pass

    return deliver_messages


def list_ids(page):
    return [message["id"] for message in page.json["items"]]


def test_a_message_has_no_content_and_no_recipient(administrator, store):
    [message_id] = store(None)

    [message] = administrator.get(OUTBOX).json["items"]

    assert message.keys() == MEMBERS
    assert message["id"] == str(message_id)
    assert (message["state"], message["attempts"], message["delivered_at"]) == ("pending", 0, None)


def test_pages_are_newest_first_and_follow_each_other(administrator, store):
    ids = [str(message_id) for message_id in store(None, None, None)]

    first = administrator.get(f"{OUTBOX}?limit=2")
    second = administrator.get(first.headers["Link"].split(";")[0].strip("<>"))

    assert list_ids(first) + list_ids(second) == ids[::-1]
    assert second.json["next"] is None
    assert list_ids(administrator.get(f"{OUTBOX}?sort=created_at")) == ids


def test_messages_are_found_by_state_and_subject(administrator, store, deliver):
    ada, grace = new_id(), new_id()
    of_ada, of_grace = store(ada, grace)
    deliver(PermanentDeliveryError("no such mailbox"))
    [waiting] = store(ada)

    def find(query):
        return list_ids(administrator.get(f"{OUTBOX}?{query}"))

    assert find("state=dead") == [str(of_ada)]
    assert find("state=delivered") == [str(of_grace)]
    assert find(f"subject={ada}") == [str(waiting), str(of_ada)]
    assert find(f"subject={ada}&state=pending") == [str(waiting)]


def test_a_retried_message_is_pending_again(administrator, store, deliver):
    [message_id] = store(None)
    deliver(PermanentDeliveryError("no such mailbox"))
    [dead] = administrator.get(f"{OUTBOX}?state=dead").json["items"]
    assert (dead["last_error"], dead["next_attempt_at"]) == ("no such mailbox", None)

    retried = administrator.post(f"{OUTBOX}/{message_id}/retry", expecting=200).json

    assert (retried["state"], retried["attempts"]) == ("pending", 0)
    assert retried["next_attempt_at"]


@pytest.mark.parametrize(
    ("query", "pointer", "rule"),
    [
        ("limit=101", "limit", "maximum"),
        ("sort=name", "sort", "enum"),
        ("state=lost", "state", "enum"),
        ("subject=ada", "subject", "format"),
        ("cursor=abc", "cursor", "cursor"),
        ("kind=mail", "kind", "additional_properties"),
    ],
)
def test_H_07_a_query_that_breaks_a_rule_is_rejected(administrator, query, pointer, rule):
    problem = administrator.get(f"{OUTBOX}?{query}", expecting=422).json

    assert (problem["errors"][0]["pointer"], problem["errors"][0]["rule"]) == (pointer, rule)
