"""A deprecated operation works, and says on every response until when (RFC 9745, RFC 8594)."""

import json
from datetime import date
from types import SimpleNamespace

import pytest

from api.contract.document import Deployment, render_contract
from api.core.principal import Principal
from api.web import authentication
from api.web.deprecation import Deprecation
from api.web.fields import Integer, String
from api.web.flask import Flask
from api.web.restx import Api, Namespace, Resource
from api.web.schemas import Model
from tests.web.operations import KeyAuthenticator, key, serve

PAGE = "https://rollbook.example/docs/old"
DEPRECATED = Deprecation(
    since=date(2027, 1, 1), sunset=date(2027, 7, 1), successor="listen", link=PAGE
)
HEADERS = {
    "Deprecation": "@1798761600",
    "Sunset": "Thu, 01 Jul 2027 00:00:00 GMT",
    "Link": f'<{PAGE}>; rel="deprecation", <{PAGE}>; rel="sunset"',
}


def declare(deprecation):
    """Return a namespace with a deprecated operation and its successor."""
    ns = Namespace("echo", path="/")
    said = Model("Said", {"text": String(max_length=9, required=True)})
    search = Model("Search", {"limit": Integer(minimum=1, default=20)})

    @ns.route("/old")
    class Old(Resource):
        @ns.operation(
            "hear", authenticated=True, query=search, response=said, deprecated=deprecation
        )
        def get(self, *, query, by: Principal):
            """Listen to what is said."""
            return SimpleNamespace(text="said")

    @ns.route("/new")
    class New(Resource):
        @ns.operation("listen", public=True, response=said)
        def get(self):
            """Listen to what is said now."""
            return SimpleNamespace(text="said")

    return ns


@pytest.fixture
def client(registry):
    return serve(declare(DEPRECATED))


def read_headers(response):
    joined = {name: ", ".join(response.headers.get_all(name)) for name in HEADERS}
    return {name: value for name, value in joined.items() if value}


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [("/old", 200, key("plain")), ("/old", 401, {}), ("/old?limit=x", 422, key("plain"))],
)
def test_every_response_of_a_deprecated_operation_says_until_when(client, path, status, headers):
    response = client.get(path, headers=headers)

    assert response.status_code == status
    assert read_headers(response) == HEADERS


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [("GET", {"Content-Encoding": "gzip"}, 415), ("HEAD", {"X-Long": "a" * 8192}, 431)],
)
def test_so_does_an_error_before_the_operation(client, method, headers, status):
    response = client.open("/old", method=method, headers=headers)

    assert response.status_code == status
    assert read_headers(response) == HEADERS
    assert read_headers(client.open("/new", method=method, headers=headers)) == {}
    assert read_headers(client.open("/none", method=method, headers=headers)) == {}


def test_other_operations_do_not(client):
    client.get("/old", headers=key("plain"))

    assert read_headers(client.get("/new")) == {}


def test_without_a_sunset_only_the_deprecation_is_sent(registry):
    response = serve(declare(Deprecation(since=date(2027, 1, 1)))).get("/old")

    assert read_headers(response) == {"Deprecation": HEADERS["Deprecation"]}


def test_an_operation_cannot_end_before_it_is_deprecated():
    with pytest.raises(ValueError, match="the sunset is before the deprecation"):
        Deprecation(since=date(2027, 7, 1), sunset=date(2027, 1, 1))


def read_contract(deprecation):
    app, rest = Flask("echo"), Api()
    authentication.init_app(app, [KeyAuthenticator()])
    rest.add_namespace(declare(deprecation))
    rest.init_app(app)
    deployment = Deployment(version="1", password_min_length=8, usernames_required=False)
    return json.loads(render_contract(app, rest, deployment))


@pytest.fixture
def contract(registry):
    return read_contract(DEPRECATED)


def test_the_contract_documents_the_deprecation(contract):
    old = contract["paths"]["/old"]["get"]

    assert old["deprecated"] is True
    assert (old["x-deprecated-since"], old["x-sunset"]) == ("2027-01-01", "2027-07-01")
    assert old["description"].startswith(
        "Deprecated since 2027-01-01. It can be removed from 2027-07-01 on. "
        f"Use `listen` instead. More: {PAGE}\n\n"
    )
    assert "deprecated" not in contract["paths"]["/new"]["get"]


def test_the_contract_documents_the_headers_on_every_response(contract):
    responses = contract["paths"]["/old"]["get"]["responses"]

    assert {"200", "401", "422"} <= responses.keys()
    assert all(HEADERS.keys() <= response["headers"].keys() for response in responses.values())


def test_the_contract_describes_the_link_to_the_page_about_the_deprecation(contract):
    link = contract["paths"]["/old"]["get"]["responses"]["200"]["headers"]["Link"]

    assert link["required"] is True
    assert link["description"].startswith("A page about the deprecation")


def test_the_operation_to_use_instead_has_to_exist(registry):
    unknown = Deprecation(since=date(2027, 1, 1), successor="whisper")

    with pytest.raises(ValueError, match="there is no operation whisper"):
        read_contract(unknown)
