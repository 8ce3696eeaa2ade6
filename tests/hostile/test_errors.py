"""Error responses: E-01 to E-03. ``wire.check`` looks for leaks in the other tests' responses."""

import pytest

from tests.hostile.matrix import OF_OAUTH
from tests.hostile.wire import LEAKS, PROBLEM

JSON = {"username": "ada", "password": "wrong"}
UNKNOWN = "/api/users/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
LONG = "a" * 5000
STATUSES = {  # status: who, method, path, body, header, and the code it has
    "400 broken JSON": (None, "POST", "/api/login", b"{", "", "bad_request"),
    "401 no token": (None, "GET", "/api/me", None, "", "unauthenticated"),
    "401 wrong password": (None, "POST", "/api/login", JSON, "", "invalid_credentials"),
    "403 not an administrator": ("user", "GET", "/api/users", None, "", "permission_denied"),
    "404 no such user": ("admin", "GET", UNKNOWN, None, "", "user_not_found"),
    "404 no such path": (None, "GET", "/nowhere", None, "", "not_found"),
    "404 no such path, posted": (None, "POST", "/api/nowhere", JSON, "", "not_found"),
    "404 a path with a slash": (None, "GET", "/api/me/", None, "", "not_found"),
    "405 method": (None, "DELETE", "/api/login", None, "", "method_not_allowed"),
    "405 unknown method": (None, "FOO", "/api/login", None, "", "method_not_allowed"),
    "413 body": ("user", "PATCH", "/api/me", b" " * 70_000, "", "payload_too_large"),
    "413 credentials": (None, "POST", "/api/login", b" " * 5000, "", "payload_too_large"),
    "414 address": (None, "GET", f"/api/users?q={LONG}", None, "", "uri_too_long"),
    "415 media type": (None, "POST", "/api/login", b"a=b", "Content-Type: text/plain", None),
    "417 expectation": (None, "GET", "/api/me", None, "Expect: 999-x", "expectation_failed"),
    "422 member": ("user", "PATCH", "/api/me", {"roles": ["admin"]}, "", "invalid_request"),
    "422 query": ("admin", "GET", "/api/users?limit=0", None, "", "invalid_request"),
    "431 header": (None, "GET", "/api/me", None, f"X-Long: {LONG * 2}", "headers_too_large"),
}


@pytest.fixture
def known(wire, make_person, root):
    return {None: wire, "user": wire.as_person(make_person()), "admin": root}


class TestEveryError:
    @pytest.mark.parametrize("name", STATUSES)
    def test_E_01_every_error_is_a_problem_document(self, known, name):
        who, method, path, body, line, code = STATUSES[name]

        answer = known[who].ask(method, path, body, *filter(None, [line]))

        assert answer.status == int(name[:3])
        assert answer.headers["Content-Type"] == PROBLEM
        assert answer.error == code or code is None
        assert answer.json.keys() >= {"type", "title", "status", "detail", "request_id"}

    def test_E_01_too_many_requests_is_a_problem_document(self, wire):
        answers = [wire.log_in("e01-unknown", "wrong") for _ in range(6)]
        assert [answer.status for answer in answers] == [401] * 5 + [429]
        assert answers[-1].error == "too_many_requests"

    def test_E_01_the_accept_header_does_not_change_the_format(self, wire):
        answer = wire.get("/api/me", "Accept: application/xml")
        assert (answer.status, answer.headers["Content-Type"]) == (401, PROBLEM)
        assert wire.get("/health/live", "Accept: text/html").json["status"] == "ok"

    def test_E_01_an_error_of_head_has_no_body(self, wire):
        answer = wire.ask("HEAD", "/api/me")
        assert (answer.status, answer.body) == (401, b"")
        assert answer.headers["Content-Type"] == PROBLEM

    def test_E_01_a_validation_error_never_repeats_the_value(self, wire):
        canary = "canary7f3a"
        names = {"username": f"{canary} !", "email": "e01@example.org", "password": canary}
        broken = {"username": f"{canary}\n", "email": f"{canary}@", "password": canary[:7]}
        for body, number in ((names, 1), (broken, 2)):
            answer = wire.post("/api/register", body)
            assert len(answer.rules) == number
            assert canary[:7].encode() not in answer.body


class TestLeaks:
    def test_E_02_the_pattern_finds_leaks(self):
        for text in ("Traceback (most", "psycopg.errors", "SELECT x FROM y", "Werkzeug/3", "a.py"):
            assert LEAKS.search(text)

    @pytest.mark.parametrize("path", ["/api/me", "/nowhere", "/health/ready", "/openapi.json"])
    def test_E_02_no_header_names_a_product_or_a_version(self, wire, path):
        headers = wire.get(path).headers
        assert headers["Server"] in {None, "rollbook"}
        assert "X-Powered-By" not in headers
        assert "Via" not in headers

    def test_E_02_a_conflict_does_not_quote_the_database(self, root, make_person):
        taken = root.patch(f"/api/users/{make_person().id}", {"email": make_person().email})
        assert (taken.status, taken.error) == (409, "email_taken")
        for word in (b"uq_users", b"email_key", b"constraint", b"duplicate"):
            assert word not in taken.body


CREDENTIALS = {
    "none": (),
    "empty": ("Authorization:",),
    "a scheme alone": ("Authorization: Bearer",),
    "a blank": ("Authorization: Bearer ",),
    "a word": ("Authorization: Bearer x",),
    "three words": ("Authorization: Bearer a b",),
    "a shape": ("Authorization: Bearer a.b.c",),
    "two parts": ("Authorization: Bearer a.b",),
    "basic": ("Authorization: Basic YWRhOmFkYQ==",),
    "7 KB": (f"Authorization: Bearer {'a' * 7000}",),
    "7 KB of dots": (f"Authorization: Bearer {'a.' * 3500}",),
    "not ascii": ("Authorization: Bearer \xff",),
    "without a scheme": ("Authorization: {token}",),
    "another scheme": ("Authorization: Token {token}",),
    "a comma": ("Authorization: Bearer {token},{token}",),
    "twice": ("Authorization: Bearer {token}", "Authorization: Bearer {token}"),
    "the worse one first": ("Authorization: Basic x", "Authorization: Bearer {token}"),
    "a tab": ("Authorization: Bearer\t{token}",),
    "quoted": ('Authorization: Bearer "{token}"',),
    "with an underscore": ("Authorization_: Bearer {token}",),
    "as a cookie": ("Cookie: access_token_cookie={token}; access_token={token}",),
    "for a proxy": ("Proxy-Authorization: Bearer {token}",),
    "as an API key": ("X-Api-Key: {token}",),
}


class TestBadCredentials:
    @pytest.mark.parametrize("name", CREDENTIALS)
    def test_E_03_bad_credentials_are_401_on_every_operation(
        self, wire, make_person, contract_operations, name
    ):
        person = make_person()
        lines = [line.replace("{token}", person.token) for line in CREDENTIALS[name]]
        protected = [one for one in contract_operations if not one.public]
        answers = {
            one.id: wire.ask(one.method, one.path(person.id), one.body, *lines).status
            for one in protected
            if one.id not in OF_OAUTH  # whose form is read first, since it may have the credential
        }
        assert len(answers) >= 10
        assert set(answers.values()) == {401}, answers

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
    def test_E_03_the_scheme_is_case_insensitive(self, wire, make_person, scheme):
        line = f"Authorization: {scheme} {make_person().token}"
        assert wire.get("/api/me", line).status == 200

    def test_E_03_credentials_are_checked_before_the_body(self, wire):
        assert wire.patch("/api/me", b"{").status == 401
        assert wire.patch("/api/me", {"roles": ["admin"]}).status == 401
