import orjson
import pytest

from api.web import logging
from api.web.restx import Namespace
from api.web.schemas import Model
from tests.web import guarded
from tests.web.operations import Views, declare_operations, serve


@pytest.fixture
def registry(monkeypatch):
    """Give the test an empty register of models and operations, so the contract does not change."""
    monkeypatch.setattr(Model, "known", {})
    monkeypatch.setattr(Namespace, "operations", {})


@pytest.fixture
def views():
    return Views()


@pytest.fixture
def dispatcher(registry, views):
    """A client of an application with operations of every kind of access."""
    yield serve(declare_operations(views))
    logging.unbind_request()  # this application has no logging, which would do it


@pytest.fixture
def exchanges():
    return guarded.make_record()


@pytest.fixture
def hello_application(exchanges):
    return guarded.make_application(exchanges)


@pytest.fixture
def ask(exchanges, hello_application):
    """Send a request through the guard."""
    return guarded.make_client(exchanges, hello_application)


@pytest.fixture(scope="module")
def document(application):
    return orjson.loads(application.test_client().get("/openapi.json").data)


@pytest.fixture
def operation(document):
    """Return a function from an id to the operation in the document."""
    operations = {
        each["operationId"]: each
        for item in document["paths"].values()
        for method, each in item.items()
        if method != "parameters"
    }
    return operations.get
