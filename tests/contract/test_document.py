"""The contract is valid and complete, and the service serves the committed file."""

import re
from pathlib import Path

import httpx
import orjson
import pytest
from openapi_spec_validator import validate

from api import create_app
from api.web.restx import Namespace
from api.web.schemas import Input

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
DOCUMENT = orjson.loads(COMMITTED.read_bytes())
OPERATIONS = {
    operation["operationId"]: (path, method.upper(), operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}
WITH_BODY = [name for name, (*_, operation) in OPERATIONS.items() if "requestBody" in operation]
PAGES = (
    "account.",
    "docs.",
    "mailbox.",
    "specification.",
)  # pages for browsers, which the contract does not have
CONTRACT = "/openapi.json"


def test_the_contract_is_valid_openapi():
    validate(DOCUMENT)


def test_the_served_contract_is_the_committed_one(service):
    assert httpx.get(service.url + CONTRACT).content == COMMITTED.read_bytes()


def test_A_01_the_contract_has_exactly_the_routes_of_the_application(app):
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule != "/" and not rule.endpoint.startswith(PAGES)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert routes == {(path, method) for path, method, _ in OPERATIONS.values()}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_a_description_and_its_errors(name):
    path, _, operation = OPERATIONS[name]
    expected = {"429", "503"}
    expected |= set() if Namespace.operations[name].error_format else {"422"}  # OAuth 2.0 has 400
    expected |= {"401"} if operation["security"] else set()
    expected |= {"400", "413", "415"} if "requestBody" in operation else set()
    expected |= {"403"} if "x-permission" in operation else set()
    expected |= {"404"} if "{" in path else set()

    assert operation["summary"]
    assert operation["description"]
    assert expected <= operation["responses"].keys()
    assert name in Namespace.operations


@pytest.mark.parametrize("name", WITH_BODY)
def test_every_body_has_a_valid_example(name):
    operation = Namespace.operations[name]
    model = operation.body

    Input(model).check(model.also["examples"][0])


def test_the_contract_has_the_configured_password_length():
    settings = {"TESTING": True, "DATABASE_URL": "sqlite://", "JWT_SECRET_KEY": "x"}
    app = create_app({**settings, "PASSWORD_MIN_LENGTH": 20})

    schemas = orjson.loads(app.test_client().get(CONTRACT).data)["components"]["schemas"]

    assert schemas["Registration"]["properties"]["password"]["minLength"] == 20
    assert schemas["Credentials"]["properties"]["password"]["minLength"] == 1


@pytest.mark.parametrize(
    "name", [name for name, (_, method, _) in OPERATIONS.items() if method == "PATCH"]
)
def test_a_member_of_an_update_has_no_default_that_a_client_would_send(name):
    assert find_defaults(OPERATIONS[name][2]["requestBody"]["content"]) == []


def test_a_row_of_an_import_has_no_default_that_an_update_would_apply():
    assert find_defaults(DOCUMENT["components"]["schemas"]["ImportedUser"]) == []


def find_defaults(node):
    """Return the members with a default, in a part of the contract and in what it refers to."""
    if isinstance(node, list):
        return [found for below in node for found in find_defaults(below)]
    if not isinstance(node, dict):
        return []
    if "$ref" in node:
        *_, kind, name = node["$ref"].split("/")
        return find_defaults(DOCUMENT["components"][kind][name])
    own = [key for key, below in node.items() if isinstance(below, dict) and "default" in below]
    below = [part for key, part in node.items() if key not in {"example", "examples"}]
    return own + find_defaults(below)


@pytest.mark.parametrize("name", ["ErrorCode", "ValidationRule"])
def test_each_value_of_a_catalogue_has_its_description_in_a_list(name):
    schema = DOCUMENT["components"]["schemas"][name]

    assert isinstance(schema["x-enum-descriptions"], list)  # datamodel-code-generator fails else
    assert len(schema["x-enum-descriptions"]) == len(schema["x-extensible-enum"])


def test_the_values_of_an_order_have_names_for_client_generators():
    schema = DOCUMENT["components"]["schemas"]["UserSort"]
    names = dict(zip(schema["enum"], schema["x-enum-varnames"], strict=True))

    assert (names["email"], names["-email"]) == ("EMAIL", "EMAIL_DESC")
