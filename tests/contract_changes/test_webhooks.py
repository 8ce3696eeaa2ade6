"""What a changed event does to the receiver of webhooks."""

from api.contract_changes.documents import Document
from tests.contract_changes.contracts import (
    STRING,
    find_changes,
    make_contract,
    member,
    with_request,
)


def make_document(**events):
    webhooks = {name: {"post": operation} for name, operation in events.items()}
    return Document({**make_contract().content, "webhooks": webhooks})


OPTIONAL, REQUIRED = (with_request(member(STRING, required=each)) for each in (False, True))


def test_a_receiver_misses_an_event_that_is_removed():
    old, new = make_document(a=REQUIRED, b=REQUIRED), make_document(a=REQUIRED)

    assert find_changes(old, new) == [("breaking", "webhook-removed")]
    assert find_changes(new, old) == [("compatible", "webhook-added")]


def test_a_receiver_misses_a_member_that_was_always_there():
    old, new = make_document(a=REQUIRED), make_document(a=OPTIONAL)

    assert find_changes(old, new) == [("breaking", "required")]
    assert find_changes(new, old) == [("compatible", "required")]


def test_a_receiver_misses_a_member_that_is_removed():
    old, new = make_document(a=REQUIRED), make_document(a=with_request({"type": "object"}))

    assert find_changes(old, new) == [("breaking", "member-removed")]
    assert find_changes(new, old) == [("compatible", "member-added")]


def test_a_member_of_another_type_breaks_a_receiver():
    old = make_document(a=REQUIRED)
    new = make_document(a=with_request(member({"type": "integer"}, required=True)))

    assert "breaking" in {severity for severity, _ in find_changes(old, new)}
