"""Every part of the contract is described, and has an example where a client needs one."""

from pathlib import Path

import orjson
import pytest

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
DOCUMENT = orjson.loads(COMMITTED.read_bytes())
COMPONENTS = DOCUMENT["components"]
OPERATIONS = {
    operation["operationId"]: {"path": path, "shared": item.get("parameters", []), **operation}
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}
ONLY_FROM_THE_SERVICE = {"cursor"}  # any example would be rejected, where a tool sends it
PARAMETERS = [
    pytest.param(parameter, id=f"{name}-{parameter['name']}")
    for name, operation in OPERATIONS.items()
    for parameter in [*operation["shared"], *operation.get("parameters", [])]
]
PROPERTIES = [
    pytest.param(described, id=f"{name}.{member}")
    for name, schema in COMPONENTS["schemas"].items()
    for member, described in schema.get("properties", {}).items()
]
BODIES = [
    pytest.param(content, id=f"{name}-{direction}-{media_type}")
    for name, operation in OPERATIONS.items()
    for direction, part in (
        ("request", operation.get("requestBody", {})),
        *((status, part) for status, part in operation["responses"].items() if status < "300"),
    )
    for media_type, content in part.get("content", {}).items()
]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_described(name):
    operation = OPERATIONS[name]

    assert operation["summary"]
    assert not operation["summary"].endswith(".")
    assert operation["description"].removeprefix(operation["summary"]).strip()


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_C_05_every_parameter_has_a_description_and_an_example(parameter):
    assert parameter.get("description")
    assert "example" in parameter or parameter["name"] in ONLY_FROM_THE_SERVICE


@pytest.mark.parametrize("name", COMPONENTS["schemas"])
def test_every_schema_is_described(name):
    assert COMPONENTS["schemas"][name].get("description")


@pytest.mark.parametrize("described", PROPERTIES)
def test_every_property_is_described(described):
    assert described.get("description")


@pytest.mark.parametrize("content", BODIES)
def test_C_05_C_17_every_body_and_every_success_has_an_example(content):
    assert "example" in content


@pytest.mark.parametrize("header", COMPONENTS["headers"])
def test_C_05_every_header_has_a_description_and_an_example(header):
    assert COMPONENTS["headers"][header]["description"]
    assert "example" in COMPONENTS["headers"][header]


def test_every_tag_is_described():
    assert all(tag["description"] for tag in DOCUMENT["tags"])


def test_no_text_is_repeated_for_two_operations():
    texts = [
        operation["description"].partition("\n\nRequires")[0] for operation in OPERATIONS.values()
    ]

    assert {text for text in texts if texts.count(text) > 1} == set()
