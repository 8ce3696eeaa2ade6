"""What a changed member does to a client."""

import pytest

from tests.contract_changes.contracts import (
    STRING,
    find_changes,
    member,
    with_request,
    with_response,
)


@pytest.mark.parametrize("wrap", [with_request, with_response])
def test_a_removed_member_is_breaking(wrap):
    assert find_changes(wrap(member(STRING)), wrap({"type": "object"})) == [
        ("breaking", "member-removed")
    ]


def test_a_new_member_of_a_response_is_compatible_if_the_schema_was_open():
    new = with_response(member(STRING))

    assert find_changes(with_response({"type": "object"}), new) == [("compatible", "member-added")]


def test_a_new_member_of_a_response_is_breaking_if_the_schema_was_closed():
    closed = {"type": "object", "additionalProperties": False}

    assert find_changes(
        with_response(closed), with_response(member(STRING, additionalProperties=False))
    ) == [("breaking", "member-added")]


def test_a_new_member_of_a_request_is_breaking_only_if_it_is_required():
    old = with_request({"type": "object"})

    assert find_changes(old, with_request(member(STRING, required=True))) == [
        ("breaking", "member-added")
    ]
    assert find_changes(old, with_request(member(STRING))) == [("compatible", "member-added")]


def test_closing_breaks_a_request_and_opening_breaks_nothing():
    closed = {"type": "object", "additionalProperties": False}

    assert find_changes(with_request({"type": "object"}), with_request(closed)) == [
        ("breaking", "closed")
    ]
    assert find_changes(with_request(closed), with_request({"type": "object"})) == [
        ("compatible", "opened")
    ]
    assert find_changes(with_response(closed), with_response({"type": "object"})) == [
        ("compatible", "opened")
    ]
    assert find_changes(with_response({"type": "object"}), with_response(closed)) == [
        ("compatible", "closed")
    ]


OPEN = {
    "any items": ({"type": "array", "items": True}, {"type": "array", "items": {}}),
    "any items by default": ({"type": "array"}, {"type": "array", "items": {"title": "a"}}),
    "any other members": (
        {"type": "object", "additionalProperties": True},
        {"type": "object", "additionalProperties": {}},
    ),
}


@pytest.mark.parametrize(("old", "new"), OPEN.values(), ids=OPEN)
@pytest.mark.parametrize("wrap", [with_request, with_response])
def test_an_empty_schema_is_as_open_as_true(old, new, wrap):
    assert find_changes(wrap(old), wrap(new)) == find_changes(wrap(new), wrap(old)) == []


@pytest.mark.parametrize("wrap", [with_request, with_response])
def test_an_empty_schema_opens_what_was_closed(wrap):
    closed, opened = (
        wrap({"type": "object", "additionalProperties": value}) for value in (False, {})
    )

    assert find_changes(closed, opened) == [("compatible", "opened")]


def test_a_member_may_be_required_without_being_described():
    old, new = ({"type": "object", "required": names} for names in ([], ["a"]))

    assert find_changes(with_request(old), with_request(new)) == [("breaking", "required")]
    assert find_changes(with_response(new), with_response(old)) == [("breaking", "required")]
    assert find_changes(with_request(new), with_request(member(STRING, required=True))) == [
        ("compatible", "member-added")
    ]
