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
PAGES = ("docs.", "specification.")  # pages for browsers, which the contract does not have
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
    expected = {"422", "429", "503"}
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
