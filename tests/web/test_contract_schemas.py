"""The schemas in the contract: requests are closed, responses are open."""

import re

import jsonschema_rs
import orjson
import pytest

from api.contract.closed import close_responses
from api.web.fields import Choices, String
from api.web.restx import Namespace, Resource
from api.web.schemas import Model
from tests.web.contracts import render


def find_keyword(node, name):
    """Yield the values of a keyword, anywhere in the document."""
    if isinstance(node, dict):
        if isinstance(node.get(name), str):
            yield node[name]
        for inner in node.values():
            yield from find_keyword(inner, name)
    elif isinstance(node, list):
        for inner in node:
            yield from find_keyword(inner, name)


class TestOpenResponses:
    def test_C_01_only_requests_forbid_unknown_members(self, document):
        schemas = document["components"]["schemas"]

        assert schemas["UserPatch"]["additionalProperties"] is False
        assert schemas["ImportedUser"]["additionalProperties"] is False
        for name in ("User", "UserPage", "Tokens", "Problem", "ValidationError", "ExportedUser"):
            assert "additionalProperties" not in schemas[name]

    def test_C_15_enumerations_of_responses_are_open(self, document):
        schemas = document["components"]["schemas"]

        assert schemas["User"]["properties"]["status"]["x-extensible-enum"] == [
            "active",
            "suspended",
        ]
        assert "enum" not in orjson.dumps(schemas["Session"]).decode().replace(
            "x-extensible-enum", ""
        )
        assert schemas["UserStatus"]["enum"] == ["active", "suspended"]

    def test_C_01_the_closed_derivative_closes_responses(self, document):
        closed = close_responses(document)
        schemas = closed["components"]["schemas"]

        assert schemas["User"]["additionalProperties"] is False
        assert schemas["User"]["properties"]["status"]["enum"] == ["active", "suspended"]
        assert schemas["Session"]["properties"]["end_reason"]["enum"][-1] is None
        assert schemas["Metadata"]["additionalProperties"] is True
        assert "additionalProperties" not in document["components"]["schemas"]["User"]

    def test_C_02_free_objects_have_any_members(self, document):
        schemas = document["components"]["schemas"]
        reference = {"$ref": "#/components/schemas/Metadata"}

        assert schemas["Metadata"]["additionalProperties"] is True
        assert reference.items() <= schemas["User"]["properties"]["user_metadata"].items()
        assert schemas["ImportedUser"]["properties"]["app_metadata"]["anyOf"] == [
            reference,
            {"type": "null"},
        ]

    def test_a_model_of_requests_and_responses_fails_at_start(self, registry):
        ns = Namespace("echo", path="/")
        both = Model("Both", {"a": String(max_length=9)}, example={"a": "b"})

        @ns.route("/echo")
        class Echo(Resource):
            @ns.operation("speak", public=True, body=both, response=both)
            def post(self, *, body):
                """Speak."""

        with pytest.raises(ValueError, match="models of requests and of responses: Both"):
            render(ns)


class TestEnumerations:
    def test_C_11_an_enumeration_of_requests_has_one_named_component(self, document, operation):
        schemas = document["components"]["schemas"]
        reference = {"$ref": "#/components/schemas/UserStatus"}

        assert schemas["UserReplacement"]["properties"]["status"].items() >= reference.items()
        assert schemas["ImportedUser"]["properties"]["status"]["anyOf"] == [
            reference,
            {"type": "null"},
        ]
        parameters = {each["name"]: each for each in operation("list_users")["parameters"]}
        assert parameters["status"]["schema"].items() >= reference.items()

    def test_C_11_no_request_has_an_enumeration_without_a_name(self, document):
        schemas = document["components"]["schemas"]
        nameless = [
            name
            for name, schema in schemas.items()
            if '"enum"' in orjson.dumps(schema.get("properties", {})).decode()
        ]

        assert nameless == []
        assert '"enum"' not in orjson.dumps(document["paths"]).decode()

    def test_two_enumerations_of_one_name_are_rejected(self, monkeypatch):
        monkeypatch.setattr(Choices, "known", {})
        Choices("Colour", ["red"], description="A colour")

        with pytest.raises(ValueError, match="two enumerations are called Colour"):
            Choices("Colour", ["blue"], description="A colour")


class TestPatterns:
    def test_C_10_patterns_are_valid_for_every_engine(self, document):
        patterns = set(find_keyword(document, "pattern"))

        assert patterns
        for pattern in patterns:
            assert pattern.isascii()
            assert not re.search(r"\\[^\[\]\-\\\"]|\(\?[^:]|[*+?}]\+", pattern), pattern
            re.compile(pattern)
            jsonschema_rs.Draft202012Validator(  # the syntax of RE2
                {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
            )

    def test_C_10_control_characters_are_rejected_all_the_same(self, client):
        answer = client.post("/api/login", json={"username": "a\x07", "password": "b"})

        assert answer.json["errors"][0]["rule"] == "pattern"
