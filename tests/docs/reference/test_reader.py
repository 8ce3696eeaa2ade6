"""What the reference reads in a contract, whatever form the contract has."""

import json

import pytest

from api.docs.reference.members import describe_schema
from api.docs.reference.nodes import Document
from api.docs.reference.reader import read_reference

PROBLEM = {"error": "nope", "title": "Nope", "detail": "It is not."}
CONTRACT = {
    "info": {"title": "A", "version": "1"},
    "security": [{"token": []}],
    "tags": [{"name": "api_things", "description": "Things"}],
    "paths": {
        "/things/{id}": {
            "parameters": [{"$ref": "#/components/parameters/id"}],
            "put": {
                "operationId": "put_thing",
                "tags": ["api_things"],
                "summary": "Replace a thing",
                "requestBody": {"$ref": "#/components/requestBodies/Thing"},
                "responses": {
                    "204": {"description": "Done"},
                    "404": {"$ref": "#/components/responses/Missing"},
                },
            },
        }
    },
    "components": {
        "parameters": {
            "id": {
                "name": "id",
                "in": "path",
                "required": True,
                "example": "a/b",
                "schema": {"type": "string"},
            }
        },
        "requestBodies": {
            "Thing": {
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/Thing"},
                        "examples": {"one": {"$ref": "#/components/examples/one"}},
                    }
                }
            }
        },
        "responses": {
            "Missing": {
                "description": "Missing",
                "content": {
                    "application/problem+json": {
                        "examples": {"nope": {"$ref": "#/components/examples/nope"}}
                    }
                },
            }
        },
        "examples": {"one": {"value": {"name": "it's"}}, "nope": {"value": PROBLEM}},
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 9},
                    "parent": {"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]},
                },
            }
        },
    },
}


@pytest.fixture
def operation():
    reference = read_reference(json.dumps(CONTRACT).encode(), "https://a.example")
    (tag,) = reference.tags
    assert (tag.slug, tag.title) == ("api-things", "API things")
    return tag.operations[0]


def described(schema):
    return describe_schema(Document({"components": CONTRACT["components"]}), schema)


def test_references_of_parameters_bodies_and_responses_are_followed(operation):
    (parameter,) = operation.parameters["Path parameters"]
    assert (parameter.name, parameter.required) == ("id", True)
    assert operation.bodies[0].value == {"name": "it's"}
    (response,) = operation.errors
    assert [error.code for error in response.errors] == ["nope"]


def test_the_security_of_the_document_holds_for_its_operations(operation):
    assert not operation.is_public


def test_samples_quote_what_a_shell_and_a_path_would_read(operation):
    curl = operation.samples[0].text
    assert "https://a.example/things/a%2Fb" in curl
    assert """'{"name": "it'\\''s"}'""" in curl


def test_a_schema_within_itself_ends():
    thing = described({"$ref": "#/components/schemas/Thing"})
    parent = next(member for member in thing.members if member.name == "parent")
    assert (parent.kind, parent.nullable, parent.members) == ("object", True, ())
    assert parent.schema_name == "Thing"


@pytest.mark.parametrize(
    ("schema", "kind", "limits"),
    [
        ({"type": "string", "minLength": 3, "maxLength": 9}, "string", ("3 to 9 characters",)),
        ({"type": ["integer", "null"], "minimum": 1}, "integer", ("at least 1",)),
        ({"type": "string", "format": "uuid"}, "string (uuid)", ()),
        (
            {"type": "array", "items": {"type": "string"}, "maxItems": 5, "uniqueItems": True},
            "list of strings",
            ("at most 5 items", "no item twice"),
        ),
        ({"type": "boolean", "default": False}, "boolean", ("default `false`",)),
        ({"type": "integer", "default": 1}, "integer", ("default `1`",)),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "string or integer", ()),
        ({"allOf": [{"type": "object"}], "description": "x"}, "object", ()),
    ],
)
def test_a_schema_is_described_in_words(schema, kind, limits):
    member = described(schema)
    assert (member.kind, member.limits) == (kind, limits)


def test_an_open_enum_is_told_apart_from_a_closed_one():
    closed = described({"type": ["string", "null"], "enum": ["a", "b", None]})
    opened = described({"type": "string", "x-extensible-enum": ["a", "b"]})
    assert (closed.values, closed.is_open, closed.nullable) == (("a", "b"), False, True)
    assert (opened.values, opened.is_open) == (("a", "b"), True)


def test_the_rows_of_a_text_are_described():
    rows = described(
        {
            "type": "string",
            "contentSchema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
        }
    )
    assert rows.kind == "text, an object in each line"
    assert [member.name for member in rows.members] == ["name", "parent"]
