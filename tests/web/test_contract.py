"""The contract that is generated from the declarations: its parts, and the operations."""

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

from api.contract.document import Deployment, render_contract
from api.web.fields import String
from api.web.restx import Api, Namespace, Resource

WRITE = """
import sys
from api.commands.openapi import _render_contract
sys.stdout.buffer.write(_render_contract())
"""


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
    assert document["servers"] == [{"url": "/", "x-internal": False}]
    assert {tag["name"] for tag in document["tags"]} == {
        "api_keys",
        "audit",
        "credentials",
        "discovery",
        "email_change",
        "email_verification",
        "health",
        "introspection",
        "invitations",
        "oauth",
        "keys",
        "login",
        "login_notices",
        "outbox",
        "password_reset",
        "personal_data",
        "registration",
        "roles",
        "sessions",
        "service_account_api_keys",
        "service_accounts",
        "transfer",
        "user_api_keys",
        "user_sessions",
        "users",
        "webhook_events",
        "webhooks",
    }


def test_every_reference_has_a_target(document):
    references = set(re.findall(r'"\$ref":"#/([^"]+)"', orjson.dumps(document).decode()))

    assert {reference.rpartition("/")[0] for reference in references} == {
        "components/schemas",
        "components/examples",
        "components/headers",
        "components/parameters",
        "components/responses",
    }
    for reference in references:
        assert reduce(getitem, reference.split("/"), document)


def test_the_liveness_check_does_not_depend_on_the_database(operation):
    listed = {name: operation(name)["responses"]["503"] for name in ("check_liveness", "get_me")}

    assert listed["check_liveness"]["x-error-codes"] == ["overloaded"]
    assert listed["get_me"] == {"$ref": "#/components/responses/UnavailableWithToken"}


class TestOperation:
    def test_access_is_declared(self, operation):
        assert operation("register")["security"] == []
        assert operation("get_me")["security"] == [
            {"token": []},
            {"client_credentials": []},
            {"api_key": []},
        ]
        assert {"client_credentials": ["users:write"]} in operation("delete_user")["security"]
        assert operation("update_me")["security"] == [{"token": []}]
        assert {"api_key": []} in operation("delete_user")["security"]
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

    def test_a_json_body_refers_to_its_model(self, operation):
        assert operation("log_in")["requestBody"] == {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Credentials"},
                    "example": {"username": "ada", "password": "correct horse battery staple"},
                }
            },
        }
        assert "requestBody" not in operation("get_me")

    def test_C_04_an_import_declares_its_rows_per_media_type(self, operation):
        content = operation("import_users")["requestBody"]["content"]

        array = content.pop("application/json")
        assert array["schema"]["items"]["$ref"].endswith("/ImportedUser")
        assert array["example"][0]["email"] == "alan@example.org"
        assert content.keys() == {"application/x-ndjson", "text/csv"}
        for media_type, described in content.items():
            assert described["schema"].items() >= {
                ("type", "string"),
                ("format", "binary"),
                ("contentMediaType", media_type),
            }
            rows = described["schema"]["contentSchema"]["items"]
            assert rows["$ref"].endswith("/ImportedUser")
            assert "alan@example.org" in described["example"]
        assert "The body has at most 8388608 bytes." in operation("import_users")["description"]
        assert {"400", "413", "415"} <= operation("import_users")["responses"].keys()

    def test_C_04_C_16_an_export_declares_its_rows(self, operation):
        response = operation("export_users")["responses"]["200"]
        described = response["content"]["application/x-ndjson"]

        rows = described["schema"]["contentSchema"]["items"]
        assert rows["$ref"].endswith("/ExportedUser")
        assert described["schema"]["format"] == "binary"
        assert described["example"].endswith("}\n")
        assert {"Link", "X-Next-Cursor", "X-Last-Page"} <= response["headers"].keys()

    def test_query_parameters_are_declared(self, operation):
        parameters = {each["name"]: each for each in operation("list_users")["parameters"]}

        assert parameters["limit"] == {
            "name": "limit",
            "in": "query",
            "required": False,
            "description": "The maximum number of users on a page",
            "schema": {
                "type": "integer",
                "format": "int32",
                "minimum": 1,
                "maximum": 100,
                "default": 20,
            },
            "example": 20,
        }
        assert "parameters" not in operation("get_protected")

    def test_C_03_conditional_headers_are_declared(self, operation):
        for name, headers in (
            ("get_me", ["If-None-Match", "If-Match"]),
            ("delete_user", ["If-Match"]),
        ):
            parameters = operation(name)["parameters"]
            assert [parameter["name"] for parameter in parameters] == headers
            assert not any(parameter["required"] for parameter in parameters)
            assert "412" in operation(name)["responses"]
        assert "parameters" not in operation("restore_user")
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
        render_contract(
            app, rest, Deployment(version="1", password_min_length=8, usernames_required=False)
        )
