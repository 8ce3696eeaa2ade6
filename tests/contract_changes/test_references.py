"""References, and the names of schemas in generated clients."""

import pytest

from tests.contract_changes.contracts import (
    INTEGER,
    STRING,
    describe_changes,
    find_changes,
    make_contract,
    member,
    with_request,
    with_response,
)

REFERENCE = {"$ref": "#/components/schemas/Thing"}


def make_referring(thing, reference=None):
    return make_contract(with_response(reference or REFERENCE), schemas={"Thing": thing})


def test_references_are_followed():
    old, new = make_referring(member(STRING, required=True)), make_referring(member(STRING))

    assert describe_changes(old, new) == [
        "breaking  GET /things  response 200 /a  can be missing",
    ]


def test_the_same_schema_is_equal_with_and_without_a_name():
    inline = make_contract(with_response(member(STRING)))

    assert find_changes(inline, make_referring(member(STRING))) == []


def test_a_renamed_schema_breaks_generated_clients():
    renamed = make_contract(
        with_response({"$ref": "#/components/schemas/Item"}), schemas={"Item": member(STRING)}
    )

    assert find_changes(make_referring(member(STRING)), renamed) == [("breaking", "schema-renamed")]


@pytest.mark.parametrize("beside", [{}, {"description": "The next thing."}])
def test_recursive_schemas_are_compared_to_their_end(beside):
    def make_list(value):
        tree = {"type": "array", "items": {**REFERENCE, **beside}}
        return make_referring({"type": "object", "properties": {"value": value, "tree": tree}})

    assert find_changes(make_list(STRING), make_list(STRING)) == []
    assert find_changes(make_list(STRING), make_list({"type": ["string", "null"]})) == [
        ("breaking", "null")
    ]


def test_schemas_that_contain_each_other_are_compared_wherever_they_are_used():
    part = {"type": "object", "properties": {"whole": REFERENCE}}
    part_reference = {"$ref": "#/components/schemas/Part"}

    def make_pair(value):
        whole = {"type": "object", "properties": {"part": part_reference, "value": value}}
        operation = {"responses": with_response(REFERENCE)["responses"] | with_part}
        return make_contract(operation, schemas={"Thing": whole, "Part": part})

    with_part = {"201": with_response(part_reference)["responses"]["200"]}
    nullable = {"type": ["string", "null"]}

    assert describe_changes(make_pair(STRING), make_pair(nullable)) == [
        "breaking  GET /things  response 200 /value  can be null",
        "breaking  GET /things  response 201 /whole/value  can be null",
    ]


def test_a_nullable_reference_is_equal_in_both_spellings():
    old = make_referring(member(STRING), {"anyOf": [REFERENCE, {"type": "null"}]})
    new = make_referring(member(STRING), {"oneOf": [{"type": "null"}, REFERENCE]})

    assert find_changes(old, new) == []
    assert find_changes(old, make_referring(member(STRING))) == [("compatible", "null")]


def test_a_schema_without_its_name_breaks_generated_clients():
    for thing in (member(STRING), {"anyOf": [STRING, INTEGER]}):
        inline = make_contract(with_response(thing), schemas={"Thing": thing})

        assert find_changes(make_referring(thing), inline) == [("breaking", "schema-renamed")]
        assert find_changes(inline, make_referring(thing)) == []


BELOW = {
    "not": {"not": REFERENCE},
    "patternProperties": {"patternProperties": {"^x": REFERENCE}},
    "a list": {"prefixItems": [{"properties": {"a": REFERENCE}}]},
}


@pytest.mark.parametrize("keyword", BELOW)
@pytest.mark.parametrize("wrap", [with_request, with_response])
def test_references_are_followed_below_keywords_that_are_not_understood(keyword, wrap):
    recursive = {"not": REFERENCE}
    one, other, same = (
        make_contract(wrap(BELOW[keyword]), schemas={"Thing": thing})
        for thing in (STRING, INTEGER, recursive)
    )

    assert find_changes(one, other) == [("breaking", "keyword")]
    assert find_changes(same, same) == []
