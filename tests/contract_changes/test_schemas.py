"""What a changed schema does to a client depends on who sends the value."""

import pytest

from tests.contract_changes.contracts import (
    INTEGER,
    STRING,
    find_changes,
    member,
    with_parameter,
    with_request,
    with_response,
)

ROWS = {"type": "string", "contentSchema": {"type": "array", "items": {"type": "object"}}}


# From a schema to one that is valid for fewer values, with the rule that finds it.
NARROWED = {
    "a type is removed": ({"type": ["string", "integer"]}, STRING, "type"),
    "any type becomes one": ({}, {"type": ["string", "null"]}, "type"),
    "a number becomes an integer": ({"type": "number"}, INTEGER, "type"),
    "null is removed": ({"type": ["string", "null"]}, STRING, "null"),
    "null is removed from a choice": (
        {"anyOf": [STRING, {"type": "null"}]},
        {"anyOf": [STRING]},
        "null",
    ),
    "a value of an enum is removed": (
        {**STRING, "enum": ["a", "b"]},
        {**STRING, "enum": ["a"]},
        "enum",
    ),
    "an enum is added": (STRING, {**STRING, "enum": ["a"]}, "enum"),
    "a constant replaces an enum": (
        {**STRING, "enum": ["a", "b"]},
        {"const": "a", **STRING},
        "enum",
    ),
    "maxLength falls": ({**STRING, "maxLength": 9}, {**STRING, "maxLength": 8}, "bounds"),
    "maxLength is added": (STRING, {**STRING, "maxLength": 8}, "bounds"),
    "minLength rises": (STRING, {**STRING, "minLength": 1}, "bounds"),
    "minimum rises": ({**INTEGER, "minimum": 0}, {**INTEGER, "minimum": 1}, "bounds"),
    "a minimum of 0 is added": (INTEGER, {**INTEGER, "minimum": 0}, "bounds"),
    "exclusiveMaximum falls": (
        {**INTEGER, "exclusiveMaximum": 9},
        {**INTEGER, "exclusiveMaximum": 8},
        "bounds",
    ),
    "maxItems falls": (
        {"type": "array", "maxItems": 2},
        {"type": "array", "maxItems": 1},
        "bounds",
    ),
    "minProperties rises": ({"type": "object"}, {"type": "object", "minProperties": 1}, "bounds"),
    "items become unique": (
        {"type": "array"},
        {"type": "array", "uniqueItems": True},
        "uniqueItems",
    ),
    "a pattern is added": (STRING, {**STRING, "pattern": "^a$"}, "pattern"),
    "a format is added": (STRING, {**STRING, "format": "uuid"}, "format"),
    "a media type of a text is added": (
        STRING,
        {**STRING, "contentMediaType": "text/csv"},
        "contentMediaType",
    ),
    "rows get a schema": (STRING, ROWS, "contentSchema"),
    "a nullable enum loses null": (
        {"type": ["string", "null"], "enum": ["a", None]},
        {"type": ["string", "null"], "enum": ["a"]},
        "null",
    ),
    "items get a schema": ({"type": "array"}, {"type": "array", "items": STRING}, "items"),
    "items are narrowed": (
        {"type": "array", "items": {"type": ["string", "null"]}},
        {"type": "array", "items": STRING},
        "null",
    ),
    "rows are narrowed": (
        {**ROWS, "contentSchema": {"type": ["object", "null"]}},
        {**ROWS, "contentSchema": {"type": "object"}},
        "null",
    ),
    "other members get a schema": (
        {"type": "object"},
        {"type": "object", "additionalProperties": STRING},
        "additionalProperties",
    ),
    "a member is required": (member(STRING), member(STRING, required=True), "required"),
    "a member is narrowed": (member(STRING), member({**STRING, "maxLength": 1}), "bounds"),
    "a form is removed": ({"oneOf": [STRING, INTEGER]}, {"oneOf": [STRING]}, "choice"),
    "a part of allOf is narrowed": (
        {"allOf": [member(STRING), {"type": "object"}]},
        {"allOf": [member(STRING), {"type": "object", "required": ["a"]}]},
        "required",
    ),
}


@pytest.mark.parametrize(("wide", "narrow", "rule"), NARROWED.values(), ids=NARROWED)
def test_a_request_may_be_widened_but_not_narrowed(wide, narrow, rule):
    wide, narrow = with_request(wide), with_request(narrow)

    assert find_changes(wide, narrow) == [("breaking", rule)]
    assert find_changes(narrow, wide) == [("compatible", rule)]


@pytest.mark.parametrize(("wide", "narrow", "rule"), NARROWED.values(), ids=NARROWED)
def test_a_response_may_be_narrowed_but_not_widened(wide, narrow, rule):
    wide, narrow = with_response(wide), with_response(narrow)

    assert find_changes(wide, narrow) == [("compatible", rule)]
    assert find_changes(narrow, wide) == [("breaking", rule)]


@pytest.mark.parametrize(("wide", "narrow", "rule"), NARROWED.values(), ids=NARROWED)
def test_a_parameter_is_compared_as_a_request(wide, narrow, rule):
    wide, narrow = with_parameter(wide), with_parameter(narrow)

    assert find_changes(wide, narrow) == [("breaking", rule)]
    assert find_changes(narrow, wide) == [("compatible", rule)]


UNCLEAR = {
    "another pattern": ({**STRING, "pattern": "^a"}, {**STRING, "pattern": "^b"}, "pattern"),
    "another format": ({**STRING, "format": "date"}, {**STRING, "format": "time"}, "format"),
    "another type": (STRING, INTEGER, "type"),
    "another media type of a text": (
        {**STRING, "contentMediaType": "text/csv"},
        {**STRING, "contentMediaType": "application/xml"},
        "contentMediaType",
    ),
    "a keyword that is not understood": ({"if": STRING}, {"if": INTEGER}, "keyword"),
}


@pytest.mark.parametrize(("old", "new", "rule"), UNCLEAR.values(), ids=UNCLEAR)
@pytest.mark.parametrize("wrap", [with_request, with_response])
def test_what_may_be_narrower_or_wider_is_breaking_in_both_directions(old, new, rule, wrap):
    assert find_changes(wrap(old), wrap(new)) == [("breaking", rule)]
    assert find_changes(wrap(new), wrap(old)) == [("breaking", rule)]


IMPLIED = {
    "the length of a uuid": ({**STRING, "format": "uuid"}, {"maxLength": 36}),
    "the length of a timestamp": ({**STRING, "format": "date-time"}, {"maxLength": 40}),
    "the size of an integer": ({**INTEGER, "maximum": 9}, {"format": "int32"}),
}


@pytest.mark.parametrize(("schema", "more"), IMPLIED.values(), ids=IMPLIED)
@pytest.mark.parametrize("wrap", [with_request, with_response])
def test_what_the_schema_implies_may_be_written_down(schema, more, wrap):
    assert find_changes(wrap(schema), wrap({**schema, **more})) == []
    assert find_changes(wrap({**schema, **more}), wrap(schema)) == []


TEXTS = {
    "description": "other",
    "title": "other",
    "examples": ["other"],
    "example": "other",
    "deprecated": True,
    "x-note": "other",
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("wrap", [with_request, with_response])
def test_texts_and_extensions_change_nothing(text, wrap):
    assert find_changes(wrap(STRING), wrap({**STRING, text: TEXTS[text]})) == []


def test_open_values_of_a_response_may_change():
    old = with_response({**STRING, "x-extensible-enum": ["a", "b"]})
    new = with_response({**STRING, "x-extensible-enum": ["b", "c"]})

    assert find_changes(old, new) == [("compatible", "open-enum")] * 2


def test_closed_values_of_a_response_may_not_become_open():
    closed = with_response({**STRING, "enum": ["a"]})
    open_values = with_response({**STRING, "x-extensible-enum": ["a"]})

    assert find_changes(closed, open_values) == [("breaking", "enum")]


def test_another_default_breaks_a_request_only():
    ten, twenty = {**INTEGER, "default": 10}, {**INTEGER, "default": 20}

    assert find_changes(with_parameter(ten), with_parameter(twenty)) == [("breaking", "default")]
    assert find_changes(with_request(ten), with_request(INTEGER)) == [("breaking", "default")]
    assert find_changes(with_parameter(INTEGER), with_parameter(ten)) == [("compatible", "default")]
    assert find_changes(with_response(ten), with_response(twenty)) == []
