"""The document is valid, complete, and what is served is what is committed."""

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
OUTSIDE = {"/", "/docs", "/docs/errors", "/docs/errors/<code>", "/docs/assets/<name>"}
CONTRACT = "/openapi.json"


def test_the_document_is_valid():
    validate(DOCUMENT)


def test_what_is_served_is_what_is_committed(service):
    assert httpx.get(service.url + CONTRACT).content == COMMITTED.read_bytes()


def test_every_route_is_in_the_document_and_the_reverse(app):
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule not in OUTSIDE | {CONTRACT}
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert routes == {(path, method) for path, method, _ in OPERATIONS.values()}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_it_is_and_how_it_refuses(name):
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
def test_every_body_has_an_example_that_keeps_its_shape(name):
    operation = Namespace.operations[name]
    model = operation.body

    Input(model).check(model.also["examples"][0])


def test_the_password_length_that_is_set_is_the_one_told():
    settings = {"TESTING": True, "DATABASE_URL": "sqlite://", "JWT_SECRET_KEY": "x"}
    app = create_app({**settings, "PASSWORD_MIN_LENGTH": 20})

    shapes = orjson.loads(app.test_client().get(CONTRACT).data)["components"]["schemas"]

    assert shapes["Registration"]["properties"]["password"]["minLength"] == 20
    assert shapes["Credentials"]["properties"]["password"]["minLength"] == 1
