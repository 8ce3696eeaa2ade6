"""The contract that is generated from the declarations."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from operator import getitem

import flask_restx
import jsonschema_rs
import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.contract.closed import close_responses
from api.contract.document import Deployment, render_contract
from api.core.errors import RateLimited, catalogue
from api.web import authentication
from api.web.fields import Choices, String
from api.web.restx import Api, Namespace, Resource
from api.web.schemas import Model

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
def find(document):
    """Return a function that returns what a part of the document refers to, or the part itself."""

    def find_part(part):
        target = part.get("$ref", "").removeprefix("#/")
        return reduce(getitem, target.split("/"), document) if target else part

    return find_part


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


def render(ns):
    """Return the contract of an application that has only this namespace."""
    app, rest = Flask("echo"), Api()
    authentication.init_app(app, [])
    rest.add_namespace(ns)
    rest.init_app(app)
    deployment = Deployment(version="1", password_min_length=8, usernames_required=False)
    return orjson.loads(render_contract(app, rest, deployment))


def find_keyword(node, name):
    """Yield the values of a keyword, anywhere in the document."""
    if isinstance(node, dict):
        if isinstance(node.get(name), str):
            yield node[name]
        for inner in node.values():
            yield from find_keyword(inner, name)
    elif isinstance(node, list):
        for inner in node:
            yield from find_keyword(inner, name)


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


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"HTTP_HOST": "a b"}, "bad_request"),
        ({"CONTENT_LENGTH": "99999999"}, "payload_too_large"),
        ({"HTTP_CONTENT_ENCODING": "gzip"}, "unsupported_media_type"),
        ({"HTTP_TRANSFER_ENCODING": "gzip, chunked"}, "not_implemented"),
        ({"HTTP_EXPECT": "200-ok"}, "expectation_failed"),
    ],
)
def test_the_errors_of_every_path_are_documented_once(application, document, environ, code):
    plain = FlaskClient(application, application.response_class)  # accepts what get_me lacks
    answered = plain.get("/api/me", environ_overrides=environ)

    assert answered.json["error"] == code
    assert f"| {answered.status_code} | `{code}` |" in document["info"]["description"]


def test_a_415_may_name_the_content_coding_that_is_accepted(document):
    headers = document["components"]["responses"]["UnsupportedMediaType"]["headers"]

    assert headers["Accept-Encoding"] == {"$ref": "#/components/headers/Accept-Encoding"}
    assert document["components"]["headers"]["Accept-Encoding"]["required"] is False


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


class TestSuccessResponse:
    def test_a_success_has_its_model_and_headers(self, operation):
        answer = operation("register")["responses"]["201"]

        content = answer["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/User"}
        assert content["example"]["username"] == "ada"
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
            "description": "Then call get_user",
            "parameters": {"user_id": "$response.body#/id"},
        }
        assert all(operation(target) for target in links)
        assert "links" not in operation("get_keys")["responses"]["200"]

    def test_a_link_has_the_members_of_the_next_body_that_are_known(self, operation):
        link = operation("log_in")["responses"]["200"]["links"]["refresh"]

        assert link["requestBody"] == {"refresh_token": "$response.body#/refresh_token"}


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
            ("get_me", "429", {"too_many_requests"}, {"Retry-After"}),
            (
                "get_me",
                "503",
                {"database_unavailable", "overloaded", "signing_key_locked"},
                {"Retry-After"},
            ),
            (
                "register",
                "503",
                {"database_unavailable", "overloaded", "password_check_unavailable"},
                {"Retry-After"},
            ),
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
    def test_C_16_an_error_has_its_codes_and_headers(
        self, find, operation, name, status, codes, headers
    ):
        problem = find(operation(name)["responses"][status])

        content = problem["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert content["examples"].keys() == set(problem["x-error-codes"]) == codes
        always = {"X-Request-Id", "RateLimit", "RateLimit-Policy"}
        assert problem["headers"].keys() == always | headers
        assert all(f"`{code}`: {ERRORS[code].detail}" in problem["description"] for code in codes)

    def test_each_code_has_an_example(self, document):
        for code, example in document["components"]["examples"].items():
            problem, kind = example["value"], ERRORS[code]

            assert example["summary"] == problem["title"] == kind.title
            assert (problem["error"], problem["status"]) == (code, kind.status)
            assert problem["type"] == f"https://rollbook.example/docs/errors/{code}"

    def test_optional_problem_members_are_these(self, document):
        model = document["components"]["schemas"]["Problem"]
        sometimes = {
            "checks",
            "errors",
            "max_age",
            "max_bytes",
            "max_events",
            "max_rows",
            "permission",
            "reason",
        }

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
        render_contract(
            app, rest, Deployment(version="1", password_min_length=8, usernames_required=False)
        )


class TestOpenResponses:
    def test_C_01_only_requests_forbid_unknown_members(self, document):
        schemas = document["components"]["schemas"]

        assert schemas["UserPatch"]["additionalProperties"] is False
        assert schemas["ImportedUser"]["additionalProperties"] is False
        for name in ("User", "UserPage", "Tokens", "Problem", "ValidationError", "ExportedUser"):
            assert "additionalProperties" not in schemas[name]

    def test_C_15_enumerations_of_responses_are_open(self, document):
        schemas = document["components"]["schemas"]

        assert schemas["User"]["properties"]["status"]["x-extensible-enum"] == [
            "active",
            "suspended",
        ]
        assert "enum" not in orjson.dumps(schemas["Session"]).decode().replace(
            "x-extensible-enum", ""
        )
        assert schemas["UserStatus"]["enum"] == ["active", "suspended"]

    def test_C_01_the_closed_derivative_closes_responses(self, document):
        closed = close_responses(document)
        schemas = closed["components"]["schemas"]

        assert schemas["User"]["additionalProperties"] is False
        assert schemas["User"]["properties"]["status"]["enum"] == ["active", "suspended"]
        assert schemas["Session"]["properties"]["end_reason"]["enum"][-1] is None
        assert schemas["Metadata"]["additionalProperties"] is True
        assert "additionalProperties" not in document["components"]["schemas"]["User"]

    def test_C_02_free_objects_have_any_members(self, document):
        schemas = document["components"]["schemas"]
        reference = {"$ref": "#/components/schemas/Metadata"}

        assert schemas["Metadata"]["additionalProperties"] is True
        assert reference.items() <= schemas["User"]["properties"]["user_metadata"].items()
        assert schemas["ImportedUser"]["properties"]["app_metadata"]["anyOf"] == [
            reference,
            {"type": "null"},
        ]

    def test_a_model_of_requests_and_responses_fails_at_start(self, registry):
        ns = Namespace("echo", path="/")
        both = Model("Both", {"a": String(max_length=9)}, example={"a": "b"})

        @ns.route("/echo")
        class Echo(Resource):
            @ns.operation("speak", public=True, body=both, response=both)
            def post(self, *, body):
                """Speak."""

        with pytest.raises(ValueError, match="models of requests and of responses: Both"):
            render(ns)


class TestEnumerations:
    def test_C_11_an_enumeration_of_requests_has_one_named_component(self, document, operation):
        schemas = document["components"]["schemas"]
        reference = {"$ref": "#/components/schemas/UserStatus"}

        assert schemas["UserReplacement"]["properties"]["status"].items() >= reference.items()
        assert schemas["ImportedUser"]["properties"]["status"]["anyOf"] == [
            reference,
            {"type": "null"},
        ]
        parameters = {each["name"]: each for each in operation("list_users")["parameters"]}
        assert parameters["status"]["schema"].items() >= reference.items()

    def test_C_11_no_request_has_an_enumeration_without_a_name(self, document):
        schemas = document["components"]["schemas"]
        nameless = [
            name
            for name, schema in schemas.items()
            if '"enum"' in orjson.dumps(schema.get("properties", {})).decode()
        ]

        assert nameless == []
        assert '"enum"' not in orjson.dumps(document["paths"]).decode()

    def test_two_enumerations_of_one_name_are_rejected(self, monkeypatch):
        monkeypatch.setattr(Choices, "known", {})
        Choices("Colour", ["red"], description="A colour")

        with pytest.raises(ValueError, match="two enumerations are called Colour"):
            Choices("Colour", ["blue"], description="A colour")


class TestPatterns:
    def test_C_10_patterns_are_valid_for_every_engine(self, document):
        patterns = set(find_keyword(document, "pattern"))

        assert patterns
        for pattern in patterns:
            assert pattern.isascii()
            assert not re.search(r"\\[^\[\]\-\\\"]|\(\?[^:]|[*+?}]\+", pattern), pattern
            re.compile(pattern)
            jsonschema_rs.Draft202012Validator(  # the syntax of RE2
                {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
            )

    def test_C_10_control_characters_are_rejected_all_the_same(self, client):
        answer = client.post("/api/login", json={"username": "a\x07", "password": "b"})

        assert answer.json["errors"][0]["rule"] == "pattern"


class TestExamples:
    def test_C_05_the_example_of_a_page_is_the_last_page(self, operation):
        for name in ("list_users", "list_audit_events"):
            content = operation(name)["responses"]["200"]["content"]["application/json"]
            assert content["example"]["next"] is None
            assert content["example"]["items"]

    def test_N_17_a_denied_permission_is_named(self, operation):
        for name, permission in (("delete_user", "users:write"), ("create_role", "roles:write")):
            content = operation(name)["responses"]["403"]["content"]["application/problem+json"]
            assert content["examples"]["permission_denied"]["value"]["permission"] == permission

    def test_N_17_the_description_of_a_link_has_no_markup(self, operation):
        for link in operation("create_user")["responses"]["201"]["links"].values():
            assert "`" not in link["description"]

    def test_C_15_the_first_example_is_the_common_one(self, operation):
        for name, status, code in (
            ("create_user", "422", "invalid_request"),
            ("create_user", "409", "username_taken"),
            ("create_user", "400", "bad_request"),
            ("create_user", "403", "permission_denied"),
            ("import_users", "413", "too_many_rows"),
        ):
            problem = operation(name)["responses"][status]["content"]["application/problem+json"]
            assert next(iter(problem["examples"])) == code

    def test_an_invalid_request_names_members_of_the_operation(self, operation):
        for name, pointer in (("register", "/email"), ("list_users", "unknown")):
            content = operation(name)["responses"]["422"]["content"]["application/problem+json"]
            [error, *_] = content["examples"]["invalid_request"]["value"]["errors"]
            assert error["pointer"] == pointer

    def test_an_error_has_the_members_that_matter(self, document, operation):
        examples = document["components"]["examples"]
        too_large = operation("import_users")["responses"]["413"]
        too_large = too_large["content"]["application/problem+json"]["examples"]

        assert examples["insufficient_user_authentication"]["value"]["max_age"] == 600
        assert too_large["payload_too_large"]["value"]["max_bytes"] == 8388608


class TestHeaders:
    def test_C_15_headers_that_are_always_sent_are_required(self, document):
        headers = document["components"]["headers"]
        optional = {name for name, header in headers.items() if not header["required"]}

        assert optional == {
            "Accept-Encoding",
            "Idempotency-Replayed",
            "Link",
            "RateLimit",
            "RateLimit-Policy",
            "X-Next-Cursor",
        }

    def test_headers_are_typed(self, document):
        headers = document["components"]["headers"]

        assert headers["Retry-After"]["schema"]["type"] == "integer"
        assert headers["Location"]["schema"]["format"].startswith("uri")
        assert re.fullmatch(headers["ETag"]["schema"]["pattern"], headers["ETag"]["example"])

    def test_C_16_a_response_to_too_many_attempts_has_the_documented_headers(self, document):
        error = RateLimited("password-attempts", 5, 300, 299)

        for name, value in error.headers.items():
            schema = document["components"]["headers"][name]["schema"]
            assert re.fullmatch(schema.get("pattern", "[0-9]+"), value), name

    def test_C_16_pages_have_a_maximum_of_items(self, document):
        for name in ("UserPage", "AuditEventPage"):
            items = document["components"]["schemas"][name]["properties"]["items"]
            assert items["maxItems"] == 100


class TestErrorsOfTheProtocol:
    def test_codes_of_every_path_are_documented_once(self, document):
        described = document["info"]["description"]

        assert "| 405 | `method_not_allowed` |" in described
        assert "`username_taken`" not in described

    def test_codes_of_the_command_line_are_not_documented(self, document):
        codes = document["components"]["schemas"]["ErrorCode"]["x-extensible-enum"]

        assert {"key_not_found", "key_too_new", "csrf_token_mismatch"}.isdisjoint(codes)
        assert {"method_not_allowed", "username_taken", "internal_error"} <= set(codes)
