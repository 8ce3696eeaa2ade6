"""Authorisation: A-01 to A-06, on every operation of the contract.

Another user's object is 403 whether it exists or not, so the caller does not learn which.
SECURITY-BAR asks for 404, which a client could distinguish from the 403 of an administrator's path.
"""

import re

import pytest

from tests.hostile.corpus import GOOD

PUBLIC = {
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/openid-configuration",
    "/api/account/restore",
    "/api/invitations/accept",
    "/api/email/change/cancel",
    "/api/email/change/confirm",
    "/api/email/verify",
    "/api/email/verify/resend",
    "/api/login",
    "/api/password/forgot",
    "/api/password/reset",
    "/api/refresh",
    "/api/register",
    "/api/sessions/end",
    "/health/live",
    "/health/ready",
    "/oauth/token",  # it authenticates clients
}
PAGES = re.compile(r"/|/docs(/.*)?|/openapi\.json")  # paths that are not operations
UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
FORBIDDEN = (403, "permission_denied")

SECRET_MEMBERS = {
    "id": UNKNOWN,
    "role": "admin",
    "roles": ["admin"],
    "is_admin": True,
    "admin": True,
    "is_active": True,
    "created_at": "2020-01-01T00:00:00Z",
    "updated_at": "2020-01-01T00:00:00Z",
    "password_hash": "x",
    "password": GOOD,
    "mfa_enabled": False,
    "token_version": 0,
    "version": 0,
    "deleted_at": None,
    "token_generation": 0,
    "username_key": "root",
    "email_key": "root@example.org",
    "tenant_id": 1,
    "permissions": ["users:write"],
    "__class__": "x",
}
ADMINISTRATORS_MEMBERS = {
    "status": "active",
    "status_reason": "Because.",
    "app_metadata": {"plan": "all"},
    "email": "mine@example.org",
    "email_verified": True,
}


class TestAnonymousCallers:
    def test_A_01_the_public_operations_are_these(self, contract_operations):
        assert {one.template for one in contract_operations if one.public} == PUBLIC


class TestAdministratorOperations:
    def test_T_09_a_withdrawn_role_counts_from_the_next_request(self, wire, root, make_person):
        person = make_person(role="admin")
        me = wire.as_person(person)
        assert {me.get("/api/users").status for _ in range(20)} == {200}
        assert root.ask("DELETE", f"/api/users/{person.id}/roles/admin").status == 204
        assert {me.get("/api/users").status for _ in range(20)} == {403}

    def test_A_03_no_query_header_or_path_spelling_circumvents_the_permission(
        self, wire, make_person
    ):
        me = wire.as_person(make_person())
        assert me.get("/api/users?role=admin").status == 403
        assert me.get("/api/users", "X-Original-URL: /api/me").status == 403
        assert me.get("/api/me", "X-Rewrite-URL: /api/users").json["roles"] == ["user"]
        assert me.get("/api//users").status == 404
        assert me.get("/api/me/../users").status in {403, 404}
        assert me.get("/API/users").status == 404


class TestWritableMembers:
    @pytest.fixture
    def unchanged(self, wire, make_person):
        """A user; the fixture checks at the end that the account has not changed."""
        person = make_person()
        before = wire.as_person(person).get("/api/me").json
        yield person
        assert wire.as_person(person).get("/api/me").json == before

    @pytest.mark.parametrize("with_others", [False, True], ids=["alone", "with others"])
    @pytest.mark.parametrize("name", [*SECRET_MEMBERS, *ADMINISTRATORS_MEMBERS])
    def test_A_04_users_cannot_write_internal_members(self, wire, unchanged, name, with_others):
        value = {**SECRET_MEMBERS, **ADMINISTRATORS_MEMBERS}[name]
        body = {name: value, **({"display_name": "Ada"} if with_others else {})}
        answer = wire.as_person(unchanged).patch("/api/me", body)
        assert (answer.status, answer.rules) == (422, [(f"/{name}", "additional_properties")])

    @pytest.mark.parametrize("with_others", [False, True], ids=["alone", "with others"])
    @pytest.mark.parametrize("name", SECRET_MEMBERS)
    def test_A_04_administrators_cannot_write_internal_members(
        self, root, unchanged, name, with_others
    ):
        body = {name: SECRET_MEMBERS[name], **({"display_name": "Ada"} if with_others else {})}
        answer = root.patch(f"/api/users/{unchanged.id}", body)
        assert (answer.status, answer.rules) == (422, [(f"/{name}", "additional_properties")])

    @pytest.mark.parametrize("with_others", [False, True], ids=["alone", "with others"])
    @pytest.mark.parametrize("name", ADMINISTRATORS_MEMBERS)
    def test_A_04_users_cannot_write_members_of_administrators(
        self, wire, unchanged, name, with_others
    ):
        body = {name: ADMINISTRATORS_MEMBERS[name]}
        body |= {"display_name": "Ada"} if with_others else {}
        answer = wire.as_person(unchanged).patch(f"/api/users/{unchanged.id}", body)
        assert (answer.status, answer.error) == FORBIDDEN

    @pytest.mark.parametrize(
        "name", sorted(SECRET_MEMBERS.keys() - {"password"} | {"email_verified"})
    )
    def test_A_04_a_registration_cannot_write_internal_members(self, wire, name):
        value = {**SECRET_MEMBERS, **ADMINISTRATORS_MEMBERS}[name]
        account = {"username": "a04", "email": "a04@example.org", "password": GOOD}
        answer = wire.post("/api/register", {**account, name: value})
        assert (answer.status, answer.rules) == (422, [(f"/{name}", "additional_properties")])


class TestReadableMembers:
    def test_A_05_a_user_has_exactly_the_members_of_the_contract(
        self, wire, root, make_person, contract
    ):
        person = make_person(display_name="Ada")
        user = contract["components"]["schemas"]["User"]["properties"].keys()
        me, its = wire.as_person(person), f"/api/users/{person.id}"
        for answer in (
            me.get("/api/me"),
            me.get(its),
            me.patch("/api/me", {}),
            root.get(its),
            root.patch(its, {}),
            root.get("/api/users").json["items"][0],
        ):
            shown = answer if isinstance(answer, dict) else answer.json
            assert shown.keys() == user
        assert {name for name in user if "hash" in name or "key" in name or "gen" in name} == set()

    def test_A_05_the_greeting_has_only_id_and_username(self, wire, make_person):
        greeting = wire.as_person(make_person()).get("/api/protected").json
        assert greeting.keys() == {"message", "user"}
        assert greeting["user"].keys() == {"id", "username"}

    def test_A_05_a_login_returns_only_tokens(self, wire, make_person):
        person = make_person()
        answer = wire.log_in(person.username, person.password)
        tokens = {"access_token", "token_type", "expires_in", "must_change_password"}
        tokens |= {"must_verify_email", "device_token"}
        assert answer.json.keys() == tokens | {"refresh_token", "refresh_expires_in"}


EMPTY = {
    "nothing": ({}, 200),
    "no name": ({"display_name": None}, 200),
    "empty name": ({"display_name": ""}, 422),
    "list": ([], 422),
    "operations": ([{"op": "replace", "path": "/role", "value": "admin"}], 422),
}


class TestEmptyPatches:
    @pytest.mark.parametrize("name", EMPTY)
    def test_A_06_an_empty_or_odd_patch_changes_nothing(self, wire, root, make_person, name):
        body, status = EMPTY[name]
        person = make_person()
        for who, path in ((wire.as_person(person), "/api/me"), (root, f"/api/users/{person.id}")):
            assert who.patch(path, body).status == status
        assert wire.as_person(person).get("/api/me").json["roles"] == ["user"]

    @pytest.mark.parametrize("name", ["email", "status"])
    def test_A_06_required_members_cannot_be_null(self, root, make_person, name):
        assert root.patch(f"/api/users/{make_person().id}", {name: None}).status == 422

    @pytest.mark.parametrize(
        "kind", ["merge-patch+json", "json-patch+json", "x-www-form-urlencoded"]
    )
    def test_A_06_other_patch_formats_are_415(self, wire, make_person, kind):
        line = f"Content-Type: application/{kind}"
        assert (
            wire.as_person(make_person()).patch("/api/me", {"display_name": "Ada"}, line).status
            == 415
        )

    def test_A_06_an_empty_body_is_400_and_null_is_422(self, wire, make_person):
        assert wire.as_person(make_person()).patch("/api/me", b"").status == 400
        assert wire.as_person(make_person()).patch("/api/me", b"null").status == 422

    def test_A_06_a_put_requires_every_member(self, root, make_person):
        its = f"/api/users/{make_person().id}"
        answer = root.ask("PUT", its, {"username": "whole"})
        missing = {"/email", "/display_name", "/status", "/user_metadata", "/app_metadata"}
        assert (answer.status, {place for place, _ in answer.rules}) == (422, missing)
