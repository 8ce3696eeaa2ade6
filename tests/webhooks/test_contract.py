"""The section `webhooks` of the contract: each public event with a schema and examples."""

import json

import jsonschema_rs
import pytest

from api.core.events import Event
from api.web.restx import Namespace
from api.webhooks.catalogue import EVENTS, PUBLIC_EVENTS, TEST_EVENT
from api.webhooks.contract import describe_body, make_example
from api.webhooks.models import Payload


@pytest.fixture(scope="module")
def contract(application):
    return application.test_client().get("/openapi.json").json


def test_the_contract_has_exactly_the_public_events_and_the_test(contract):
    assert contract["webhooks"].keys() == {*PUBLIC_EVENTS, TEST_EVENT}


def test_public_events_are_events_of_the_audit_log():
    assert set(EVENTS) < set(Event)
    assert list(PUBLIC_EVENTS) == [event.value for event in Event if event in EVENTS]


@pytest.mark.parametrize("name", [*PUBLIC_EVENTS, TEST_EVENT])
def test_its_examples_fit_its_schema(contract, name):
    content = contract["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]
    validator = jsonschema_rs.Draft202012Validator(content["schema"])

    assert set(content["examples"]) == ({"thin"} if name == TEST_EVENT else {"thin", "full"})
    for example in content["examples"].values():
        validator.validate(example["value"])
        assert example["value"]["type"] == name


@pytest.mark.parametrize("event", PUBLIC_EVENTS.values(), ids=lambda event: event.name)
def test_a_thin_payload_is_not_a_full_one(event):
    validator = jsonschema_rs.Draft202012Validator(describe_body(event, is_full=True))

    assert validator.is_valid(make_example(event, Payload.FULL))
    assert not validator.is_valid(make_example(event, Payload.THIN))


def test_no_operation_has_the_id_of_an_event(contract):
    ids = {item["post"]["operationId"] for item in contract["webhooks"].values()}

    assert len(ids) == len(contract["webhooks"])
    assert ids.isdisjoint(Namespace.operations)


def test_every_event_has_the_headers_of_the_signature(contract):
    references = {
        json.dumps(item["post"]["parameters"], sort_keys=True)
        for item in contract["webhooks"].values()
    }

    assert len(references) == 1
    assert contract["components"]["parameters"].keys() == {
        "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip
