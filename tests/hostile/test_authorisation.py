"""Doing what one may not: A-01 to A-06, on every operation of the contract.

Another person's object answers 403 whether it exists or not: who may not look learns nothing of
either. The bar has 404 for that, which would be told apart from the 403 of an administrator's path.
"""

import re

import pytest

from tests.hostile.corpus import GOOD

PUBLIC = {
    "/.well-known/jwks.json",
    "/api/login",
    "/api/refresh",
    "/api/register",
    "/health/live",
    "/health/ready",
}
PAGES = re.compile(r"/|/docs(/.*)?|/openapi\.json")  # what is served beside the operations
UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
FORBIDDEN = (403, "permission_denied")

SECRET_MEMBERS = {
    "id": UNKNOWN,
    "role": "admin",
    "roles": ["admin"],
    "is_admin": True,
    "admin": True,
    "is_active": True,
    "email_verified": True,
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
}


def without_id(answer):
    return {name: value for name, value in answer.json.items() if name != "request_id"}


class TestWithoutAToken:
    def test_A_01_only_the_public_operations_are_open(self, offered):
        assert {one.template for one in offered if one.public} == PUBLIC

    def test_A_01_all_others_are_closed(self, wire, offered):
        closed = {
            one.id: wire.ask(one.method, one.path(), one.body).status
            for one in offered
            if not one.public
        }
        assert len(closed) >= 10
        assert set(closed.values()) == {401}, closed

    def test_A_01_nothing_is_served_that_the_contract_does_not_tell(self, service, contract):
        rules = [rule.rule for rule in service.local_service.app.url_map.iter_rules()]
        served = {re.sub(r"<\w+:(\w+)>", r"{\1}", rule) for rule in rules}
        untold = served - contract["paths"].keys()
        assert [path for path in untold if not PAGES.fullmatch(path)] == []


class TestObjects:
    def test_A_02_of_others_are_closed_alike_whether_they_exist_or_not(
        self, wire, somebody, offered
    ):
        me, victim = somebody(), somebody()
        before = wire.of(victim).get("/api/me").json
        for one in (one for one in offered if "{user_id}" in one.template):
            there, nowhere = (
                wire.of(me).ask(one.method, one.path(its_id), one.body)
                for its_id in (victim.id, UNKNOWN)
            )
            assert (there.status, there.error) == FORBIDDEN, one.id
            assert without_id(there) == without_id(nowhere), one.id
        assert wire.of(victim).get("/api/me").json == before

    def test_A_02_of_oneself_are_open_as_far_as_they_are_ones_own(self, wire, somebody):
        person = somebody()
        me, its = wire.of(person), f"/api/users/{person.id}"
        assert me.get(its).json["id"] == person.id
        assert me.patch(its, {"display_name": "Myself"}).status == 200
        assert me.ask("DELETE", its).status == 403
        assert me.get("/api/me").status == 200


class TestFunctions:
    def test_A_03_of_administrators_are_closed_to_users(self, wire, somebody, offered):
        me = wire.of(somebody())
        ours = [one for one in offered if one.permission]
        answers = {one.id: me.ask(one.method, one.path(), one.body) for one in ours}
        assert len(answers) >= 6
        assert {(one.status, one.error) for one in answers.values()} == {FORBIDDEN}
        needed = {one.id: one.permission for one in ours}
        assert {name: one.json["permission"] for name, one in answers.items()} == needed

    def test_T_09_who_is_no_administrator_any_more_is_shut_out_at_once(self, wire, root, somebody):
        person = somebody(role="admin")
        me = wire.of(person)
        assert {me.get("/api/users").status for _ in range(20)} == {200}
        assert root.ask("DELETE", f"/api/users/{person.id}/roles/admin").status == 204
        assert {me.get("/api/users").status for _ in range(20)} == {403}

    def test_A_03_a_query_or_a_body_does_not_open_them(self, wire, somebody):
        me = wire.of(somebody())
        assert me.get("/api/users?role=admin").status == 403
        assert me.get("/api/users", "X-Original-URL: /api/me").status == 403
        assert me.get("/api/me", "X-Rewrite-URL: /api/users").json["roles"] == ["user"]
        assert me.get("/api//users").status == 404
        assert me.get("/api/me/../users").status in {403, 404}
        assert me.get("/API/users").status == 404


class TestMembersWritten:
    @pytest.fixture
    def unchanged(self, wire, somebody):
        """Someone whose account is as it was when the test is over."""
        person = somebody()
        before = wire.of(person).get("/api/me").json
        yield person
        assert wire.of(person).get("/api/me").json == before

    @pytest.mark.parametrize("with_others", [False, True], ids=["alone", "with others"])
    @pytest.mark.parametrize("name", [*SECRET_MEMBERS, *ADMINISTRATORS_MEMBERS])
    def test_A_04_are_known_ones_in_a_profile(self, wire, unchanged, name, with_others):
        value = {**SECRET_MEMBERS, **ADMINISTRATORS_MEMBERS}[name]
        body = {name: value, **({"display_name": "Ada"} if with_others else {})}
        answer = wire.of(unchanged).patch("/api/me", body)
        assert (answer.status, answer.rules) == (422, [(f"/{name}", "additionalProperties")])

    @pytest.mark.parametrize("with_others", [False, True], ids=["alone", "with others"])
    @pytest.mark.parametrize("name", SECRET_MEMBERS)
    def test_A_04_are_known_ones_also_for_administrators(self, root, unchanged, name, with_others):
        body = {name: SECRET_MEMBERS[name], **({"display_name": "Ada"} if with_others else {})}
        answer = root.patch(f"/api/users/{unchanged.id}", body)
        assert (answer.status, answer.rules) == (422, [(f"/{name}", "additionalProperties")])

    @pytest.mark.parametrize("with_others", [False, True], ids=["alone", "with others"])
    @pytest.mark.parametrize("name", ADMINISTRATORS_MEMBERS)
    def test_A_04_are_ones_own_only_in_part(self, wire, unchanged, name, with_others):
        body = {name: ADMINISTRATORS_MEMBERS[name]}
        body |= {"display_name": "Ada"} if with_others else {}
        answer = wire.of(unchanged).patch(f"/api/users/{unchanged.id}", body)
        assert (answer.status, answer.error) == FORBIDDEN

    @pytest.mark.parametrize("name", sorted(SECRET_MEMBERS.keys() - {"password"}))
    def test_A_04_are_known_ones_at_registration(self, wire, name):
        value = {**SECRET_MEMBERS, **ADMINISTRATORS_MEMBERS}[name]
        account = {"username": "a04", "email": "a04@example.org", "password": GOOD}
        answer = wire.post("/api/register", {**account, name: value})
        assert (answer.status, answer.rules) == (422, [(f"/{name}", "additionalProperties")])


class TestMembersRead:
    def test_A_05_are_those_of_the_contract(self, wire, root, somebody, contract):
        person = somebody(display_name="Ada")
        user = contract["components"]["schemas"]["User"]["properties"].keys()
        me, its = wire.of(person), f"/api/users/{person.id}"
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

    def test_A_05_of_others_are_not_shown_to_users(self, wire, somebody):
        greeting = wire.of(somebody()).get("/api/protected").json
        assert greeting.keys() == {"message", "user"}
        assert greeting["user"].keys() == {"id", "username"}

    def test_A_05_a_token_is_all_that_a_login_gives(self, wire, somebody):
        person = somebody()
        answer = wire.log_in(person.username, person.password)
        tokens = {"access_token", "token_type", "expires_in"}
        assert answer.json.keys() == tokens | {"refresh_token", "refresh_expires_in"}


EMPTY = {
    "nothing": ({}, 200),
    "no name": ({"display_name": None}, 200),
    "null username": ({"username": None}, 422),
    "empty name": ({"display_name": ""}, 422),
    "list": ([], 422),
    "operations": ([{"op": "replace", "path": "/role", "value": "admin"}], 422),
}


class TestEmptyPatches:
    @pytest.mark.parametrize("name", EMPTY)
    def test_A_06_are_taken_or_refused(self, wire, root, somebody, name):
        body, status = EMPTY[name]
        person = somebody()
        for who, path in ((wire.of(person), "/api/me"), (root, f"/api/users/{person.id}")):
            assert who.patch(path, body).status == status
        assert wire.of(person).get("/api/me").json["roles"] == ["user"]

    @pytest.mark.parametrize("name", ["email", "status", "username"])
    def test_A_06_what_everybody_has_cannot_be_taken_away(self, root, somebody, name):
        assert root.patch(f"/api/users/{somebody().id}", {name: None}).status == 422

    @pytest.mark.parametrize(
        "kind", ["merge-patch+json", "json-patch+json", "x-www-form-urlencoded"]
    )
    def test_A_06_other_kinds_of_patches_are_not_taken(self, wire, somebody, kind):
        line = f"Content-Type: application/{kind}"
        assert wire.of(somebody()).patch("/api/me", {"display_name": "Ada"}, line).status == 415

    def test_A_06_nothing_at_all_is_no_json(self, wire, somebody):
        assert wire.of(somebody()).patch("/api/me", b"").status == 400
        assert wire.of(somebody()).patch("/api/me", b"null").status == 422

    def test_A_06_a_whole_user_is_all_of_it(self, root, somebody):
        its = f"/api/users/{somebody().id}"
        answer = root.ask("PUT", its, {"username": "whole"})
        missing = {"/email", "/display_name", "/status", "/user_metadata", "/app_metadata"}
        assert (answer.status, {place for place, _ in answer.rules}) == (422, missing)
