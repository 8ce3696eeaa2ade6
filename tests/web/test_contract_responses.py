"""The responses in the contract: models, headers, links, errors and examples."""

import re
from functools import reduce
from operator import getitem

import pytest
from flask.testing import FlaskClient

from api.core.errors import RateLimited, catalogue

ERRORS = {kind.code: kind for kind in catalogue()}


@pytest.fixture
def find(document):
    """Return a function that returns what a part of the document refers to, or the part itself."""

    def find_part(part):
        target = part.get("$ref", "").removeprefix("#/")
        return reduce(getitem, target.split("/"), document) if target else part

    return find_part


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
