"""What a changed ``allOf``, ``anyOf`` or ``oneOf`` does to a client."""

import pytest

from tests.contract_changes.contracts import (
    INTEGER,
    STRING,
    find_changes,
    member,
    with_request,
    with_response,
)

LONG, SHORT = {**STRING, "maxLength": 9}, {**STRING, "maxLength": 5}
NAME, ID = {**STRING, "pattern": "^a"}, {**STRING, "format": "uuid"}
LIST = {"type": "array"}

# From a schema to one that is valid for fewer values, with the rule that finds it.
NARROWED = {
    "a tighter bound before another": (
        {"allOf": [LONG]},
        {"allOf": [SHORT, LONG]},
        "bounds",
    ),
    "a tighter bound beside another": (
        {**LONG, "allOf": [{"minLength": 1}]},
        {**LONG, "allOf": [{"minLength": 2}, {"minLength": 1}]},
        "bounds",
    ),
    "fewer values in one of two lists": (
        {"allOf": [{"enum": ["a", "b"]}, {"enum": ["a", "b", "c"]}]},
        {"allOf": [{"enum": ["a"]}, {"enum": ["a", "b", "c"]}]},
        "enum",
    ),
    "a member in two parts": (
        {"allOf": [member(LONG), member(STRING)]},
        {"allOf": [member(SHORT), member(STRING)]},
        "bounds",
    ),
    "unique in one of two parts": (
        {**LIST, "allOf": [{"uniqueItems": False}]},
        {**LIST, "allOf": [{"uniqueItems": True}, {"uniqueItems": False}]},
        "uniqueItems",
    ),
    "one of two texts removed": ({"anyOf": [NAME, ID]}, {"anyOf": [ID]}, "choice"),
    "a choice beside a choice": (
        {"anyOf": [STRING, INTEGER]},
        {"anyOf": [STRING, INTEGER], "oneOf": [STRING, LIST]},
        "choice",
    ),
    "overlapping forms exclude each other": (
        {"anyOf": [STRING, {"type": "number"}, INTEGER]},
        {"oneOf": [STRING, {"type": "number"}, INTEGER]},
        "choice",
    ),
}


@pytest.mark.parametrize(("wide", "narrow", "rule"), NARROWED.values(), ids=NARROWED)
def test_a_composed_schema_is_as_narrow_as_its_parts(wide, narrow, rule):
    assert find_changes(with_request(wide), with_request(narrow)) == [("breaking", rule)]
    assert find_changes(with_request(narrow), with_request(wide)) == [("compatible", rule)]
    assert find_changes(with_response(wide), with_response(narrow)) == [("compatible", rule)]
    assert find_changes(with_response(narrow), with_response(wide)) == [("breaking", rule)]


UNCLEAR = {
    "one of two texts changed": ({"anyOf": [LONG, ID]}, {"anyOf": [SHORT, ID]}, "choice"),
    "another of two patterns": (
        {"allOf": [NAME, {"pattern": "b$"}]},
        {"allOf": [NAME, {"pattern": "c$"}]},
        "pattern",
    ),
}


@pytest.mark.parametrize(("old", "new", "rule"), UNCLEAR.values(), ids=UNCLEAR)
@pytest.mark.parametrize("wrap", [with_request, with_response])
def test_a_composed_schema_that_is_not_understood_is_breaking(old, new, rule, wrap):
    assert ("breaking", rule) in find_changes(wrap(old), wrap(new))


SAME = {
    "order of bounds": ({"allOf": [LONG, SHORT]}, {"allOf": [SHORT, LONG]}),
    "order of patterns": ({"allOf": [NAME, {"pattern": "b"}]}, {"allOf": [{"pattern": "b"}, NAME]}),
    "order of choices": ({"anyOf": [NAME, ID]}, {"anyOf": [ID, NAME]}),
    "forms that do not overlap": ({"anyOf": [STRING, INTEGER]}, {"oneOf": [INTEGER, STRING]}),
    "one part": (LONG, {"allOf": [LONG]}),
}


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
@pytest.mark.parametrize("wrap", [with_request, with_response])
def test_the_order_of_parts_changes_nothing(old, new, wrap):
    assert find_changes(wrap(old), wrap(new)) == find_changes(wrap(new), wrap(old)) == []
