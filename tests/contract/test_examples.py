"""The examples of the contract: valid, about the same people, and without a dead end: C-05."""

import re

import jsonschema_rs
import orjson
import pytest

from api.web import fields
from api.web.restx import Namespace
from api.web.schemas import Model, QueryString
from tests.service import ROOT

DOCUMENT = orjson.loads((ROOT / "openapi" / "openapi.json").read_bytes())
SCHEMAS = DOCUMENT["components"]["schemas"]
EXAMPLES = {name: schema["examples"][0] for name, schema in SCHEMAS.items() if "examples" in schema}
IDS = {value for name, value in vars(fields).items() if re.fullmatch(r"EXAMPLE_(\w+_)?ID", name)}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EMAIL = re.compile(r"[\w.+-]+@[\w.-]+")
PARAMETERS = [
    pytest.param(operation.query, name, example, id=f"{operation.id}-{name}")
    for operation in Namespace.operations.values()
    for name, field in (operation.query or {}).items()
    for example in field.keywords.get("examples", [])
]


@pytest.mark.parametrize("name", Model.known.keys() & SCHEMAS.keys())
def test_C_05_every_model_has_an_example(name):
    assert name in EXAMPLES or name == "ValidationError"


@pytest.mark.parametrize("name", EXAMPLES)
def test_C_05_an_example_is_valid_and_has_no_member_beside_those_of_its_model(name):
    whole = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    assert [error.message for error in validator.iter_errors(EXAMPLES[name])] == []
    assert EXAMPLES[name].keys() <= SCHEMAS[name]["properties"].keys()


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "next" in EXAMPLES[name]])
def test_C_05_the_example_of_a_page_is_the_last_page(name):
    """A client that follows `next` on a mock of the service would never end otherwise."""
    assert EXAMPLES[name]["next"] is None
    listed = "audit_events" if name == "PersonalData" else "items"
    assert len(EXAMPLES[name][listed]) == 1


def test_C_05_the_examples_are_about_the_same_users_and_sessions():
    text = orjson.dumps(EXAMPLES).decode()

    assert set(UUID.findall(text)) <= IDS
    users = {"ada@example.org", "grace@example.org"}
    others = {"hedy@example.org", "countess@example.org"}  # who is invited; Ada's new address
    assert set(EMAIL.findall(text)) == users | others


@pytest.mark.parametrize(("query", "name", "example"), PARAMETERS)
def test_C_05_the_example_of_a_parameter_is_accepted(query, name, example):
    assert name in QueryString(query).read([(name, [str(example)])])
