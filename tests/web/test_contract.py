"""The contract that is generated from the declarations."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from operator import getitem

import flask_restx
import orjson
import pytest
from flask import Flask

from api.contract.document import render_contract
from api.core.errors import catalogue
from api.web.fields import String
from api.web.restx import Api, Namespace, Resource

WRITE = """
import sys
from api.commands.openapi import _render_contract
sys.stdout.buffer.write(_render_contract())
"""
ERRORS = {kind.code: kind for kind in catalogue()}


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


def generate(seed):
    """Generate the contract in a process with this hash seed."""
    surroundings = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", WRITE]
    return subprocess.run(command, env=surroundings, check=True, capture_output=True).stdout


def test_the_contract_does_not_depend_on_the_hash_seed():
    with ThreadPoolExecutor() as both:
        one, other = both.map(generate, ["1", "2"])

    assert one == other != b""


def test_the_contract_describes_this_service(document):
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == "Rollbook"
    assert document["servers"] == [{"url": "/"}]
    assert {tag["name"] for tag in document["tags"]} == {
        "audit",
        "credentials",
        "discovery",
        "health",
        "introspection",
        "keys",
        "login",
        "registration",
        "roles",
        "sessions",
        "transfer",
        "user_sessions",
        "users",
    }


def test_every_reference_has_a_target(document):
    references = set(re.findall(r'"\$ref":"#/([^"]+)"', orjson.dumps(document).decode()))

    assert {reference.rpartition("/")[0] for reference in references} == {
        "components/schemas",
        "components/examples",
    }
    for reference in references:
        assert reduce(getitem, reference.split("/"), document)


class TestOperation:
    def test_access_is_declared(self, operation):
        assert operation("register")["security"] == []
        assert operation("get_me")["security"] == [{"token": []}]
        assert "x-permission" not in operation("get_me")
        assert operation("delete_user")["x-permission"] == "users:write"
        assert "Requires the permission `users:write`." in operation("delete_user")["description"]

    def test_access_to_the_own_account_is_declared(self, operation):
        assert operation("get_user")["x-self"] is True
        assert "`users:read`, except for yourself." in operation("get_user")["description"]
        assert "x-self" not in operation("delete_user")

    def test_summary_and_description_come_from_the_docstring(self, operation):
        assert operation("list_users")["summary"] == "List users in pages"
        assert operation("list_users")["description"].startswith("A user is listed")
        assert operation("get_me")["description"] == operation("get_me")["summary"]

    def test_a_json_body_refers_to_its_model(self, operation):
        assert operation("log_in")["requestBody"] == {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Credentials"}}
            },
        }
        assert "requestBody" not in operation("get_me")

    def test_an_import_declares_its_rows_per_media_type(self, operation):
        content = operation("import_users")["requestBody"]["content"]

        array = content.pop("application/json")
        assert array["schema"]["items"]["$ref"].endswith("/ImportedUser")
        assert array["example"][0]["email"] == "grace@example.org"
        assert content.keys() == {"application/x-ndjson", "text/csv"}
        for described in content.values():
            assert described["schema"]["x-each-line"]["$ref"].endswith("/ImportedUser")
            assert "grace@example.org" in described["example"]
        assert "The body has at most 8388608 bytes." in operation("import_users")["description"]
        assert {"400", "413", "415"} <= operation("import_users")["responses"].keys()

    def test_an_export_declares_its_rows(self, operation):
        response = operation("export_users")["responses"]["200"]
        described = response["content"]["application/x-ndjson"]

        assert described["schema"]["x-each-line"]["$ref"].endswith("/ExportedUser")
        assert described["example"].endswith("}\n")
        assert {"Link", "X-Next-Cursor", "X-Last-Page"} <= response["headers"].keys()

    def test_query_parameters_are_declared(self, operation):
        parameters = {each["name"]: each for each in operation("list_users")["parameters"]}

        assert parameters["limit"] == {
            "name": "limit",
            "in": "query",
            "required": False,
            "description": "The maximum number of users on a page",
            "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        }
        assert "description" not in parameters["status"]
        assert "parameters" not in operation("get_protected")

    def test_C_03_conditional_headers_are_declared(self, operation):
        for name, header in (("get_me", "If-None-Match"), ("delete_user", "If-Match")):
            [parameter] = operation(name)["parameters"]
            assert (parameter["name"], parameter["in"]) == (header, "header")
            assert not parameter["required"]
            assert "412" in operation(name)["responses"]
        assert "content" not in operation("get_me")["responses"]["304"]
        assert "ETag" in operation("get_me")["responses"]["304"]["headers"]
        assert "ETag" in operation("update_me")["responses"]["200"]["headers"]
        assert "ETag" not in operation("replace_user")["responses"]["200"]["headers"]
        assert "412" not in operation("create_user")["responses"]

    def test_C_01_creating_operations_accept_an_idempotency_key(self, operation):
        for name in ("create_user", "register"):
            [parameter] = operation(name)["parameters"]
            assert (parameter["name"], parameter["required"]) == ("Idempotency-Key", False)

    def test_path_parameters_are_declared(self, document):
        [parameter] = document["paths"]["/api/users/{user_id}"]["parameters"]

        assert (parameter["name"], parameter["in"], parameter["required"]) == (
            "user_id",
            "path",
            True,
        )
        assert parameter["schema"]["format"] == "uuid"
        assert "parameters" not in document["paths"]["/api/me"]


class TestSuccessResponse:
    def test_a_success_has_its_model_and_headers(self, operation):
        answer = operation("register")["responses"]["201"]

        assert answer["content"] == {
            "application/json": {"schema": {"$ref": "#/components/schemas/User"}}
        }
        assert set(answer["headers"]) == {
            "X-Request-Id",
            "RateLimit",
            "RateLimit-Policy",
            "Location",
            "ETag",
            "Idempotency-Replayed",
        }

    def test_an_empty_response_has_no_model(self, operation):
        assert "content" not in operation("delete_user")["responses"]["204"]

    def test_a_success_links_to_other_operations(self, operation):
        links = operation("register")["responses"]["201"]["links"]

        assert links["get_user"] == {
            "operationId": "get_user",
            "parameters": {"user_id": "$response.body#/id"},
        }
        assert all(operation(target) for target in links)
        assert "links" not in operation("get_me")["responses"]["200"]


class TestErrorResponse:
    @pytest.mark.parametrize(
        ("name", "status", "codes", "headers"),
        [
            ("get_me", "401", {"unauthenticated"}, {"WWW-Authenticate"}),
            (
                "change_my_password",
                "401",
                {"unauthenticated", "invalid_credentials"},
                {"WWW-Authenticate"},
            ),
            (
                "get_me",
                "429",
                {"too_many_requests"},
                {"Retry-After", "RateLimit", "RateLimit-Policy"},
            ),
            ("get_me", "503", {"database_unavailable", "overloaded"}, {"Retry-After"}),
            (
                "register",
                "409",
                {"username_taken", "email_taken", "idempotency_key_in_use"},
                set(),
            ),
            ("register", "422", {"invalid_request", "idempotency_key_reused"}, set()),
            ("register", "400", {"bad_request", "idempotency_key_malformed"}, set()),
        ],
    )
    def test_an_error_has_its_codes_and_headers(self, operation, name, status, codes, headers):
        problem = operation(name)["responses"][status]

        content = problem["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert content["examples"].keys() == codes
        assert problem["headers"].keys() == {"X-Request-Id"} | headers
        assert all(f"`{code}`: {ERRORS[code].detail}" in problem["description"] for code in codes)

    def test_each_code_has_an_example(self, document):
        for code, example in document["components"]["examples"].items():
            problem, kind = example["value"], ERRORS[code]

            assert example["summary"] == problem["title"] == kind.title
            assert (problem["error"], problem["status"]) == (code, kind.status)
            assert problem["type"] == f"https://rollbook.example/docs/errors/{code}"

    def test_optional_problem_members_are_these(self, document):
        model = document["components"]["schemas"]["Problem"]
        sometimes = {"checks", "errors", "max_age", "max_bytes", "max_rows", "permission", "reason"}

        assert model["properties"].keys() - set(model["required"]) == sometimes


def test_schemas_and_examples_are_sorted(document):
    for part in ("schemas", "examples"):
        assert list(document["components"][part]) == sorted(document["components"][part])


def test_a_wrong_declaration_fails_at_start(registry):
    ns, theirs = (
        Namespace("echo", path="/"),
        flask_restx.Model("Theirs", {"a": String(max_length=9)}),
    )

    @ns.route("/echo")
    class Echo(Resource):
        @ns.operation("listen", public=True)
        @ns.doc(responses={"418": ("I am a teapot", theirs)})
        def get(self):
            """Listen."""

    app, rest = Flask("echo"), Api()
    rest.add_namespace(ns)
    rest.init_app(app)

    with pytest.raises(ValueError, match="cannot be written"):
        render_contract(app, rest, version="1", password_min_length=8, usernames_required=False)
