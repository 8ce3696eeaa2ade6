"""Confirming an address over HTTP, and what an unconfirmed user cannot do."""

import re
from datetime import timedelta

import jwt
import pytest
from sqlalchemy import select

from api.commands import users
from api.core import clock
from api.core.database import db
from api.one_time_tokens.models import OneTimeToken
from tests.support import LocalService

PASSWORD = "correct horse battery"
UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"


@pytest.fixture
def verify(required):
    def send(token):
        return required.client.post("/api/email/verify", json={"token": token})

    return send


@pytest.fixture
def resend(required):
    def send(email):
        return required.client.post("/api/email/verify/resend", json={"email": email})

    return send


@pytest.fixture
def unconfirmed(required):
    """Grace, who has registered, logged in and not confirmed her address."""
    return required.person("Grace", must_verify_email=True)


def log_in_without_the_requirement(build):
    """Return the tokens of a session that was opened while the setting was another one."""
    body = {"email": "grace@example.org", "password": PASSWORD}
    client = build(EMAIL_VERIFICATION="optional").test_client()
    return client.post("/api/login", json=body).json


def make_requests(app):
    """Yield each operation with a request for it; the ids in its path are of nothing."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            handler = getattr(getattr(view, "view_class", None), method.lower(), None)
            if operation := getattr(handler, "operation", None):
                path = re.sub(r"<(uuid:)?[a-z_]+_id>", UNKNOWN, rule.rule)
                yield operation, method, re.sub(r"<[^>]+>", "x", path)


class TestUnconfirmedUsers:
    def test_R07_every_operation_rejects_them_unless_it_declares_otherwise(
        self, required, unconfirmed
    ):
        rejected, allowed = set(), set()
        for operation, method, path in make_requests(required.app):
            if operation.public or operation.allow_unverified_email:
                allowed.add(operation.id)
                continue
            # These read the form first, which can have the credentials of a client.
            form = {"data": {"token": "x"}} if operation.accepts_clients else {}
            answer = unconfirmed.ask(method, path, expecting=403, **form)
            assert "The e-mail address is not confirmed" in answer.text, operation.id
            rejected.add(operation.id)

        own = {"get_me", "delete_me", "change_my_password", "reauthenticate", "log_out"}
        assert own <= allowed
        assert {"update_me", "get_protected", "list_my_sessions", "list_users"} <= rejected

    def test_R07_their_tokens_are_for_no_other_service(self, required, unconfirmed):
        claims = jwt.decode(unconfirmed.token, options={"verify_signature": False})
        introspecting = required.person("Root", role="admin")

        assert claims["aud"] == f"{claims['iss']}/api/email/verify"
        assert claims["roles"] == []
        answer = introspecting.post_form("/api/introspect", token=unconfirmed.token)
        assert answer.json == {"active": False}

    def test_L01_a_login_with_the_password_is_like_one_with_a_wrong_password(
        self, required, register
    ):
        register("grace")
        body = {"email": "grace@example.org", "password": PASSWORD}

        unconfirmed = required.client.post("/api/login", json=body)

        wrong = required.client.post("/api/login", json={**body, "password": f"not {PASSWORD}"})
        assert unconfirmed.status_code == wrong.status_code == 401
        assert sorted(unconfirmed.headers.keys()) == sorted(wrong.headers.keys())
        assert {**unconfirmed.json, "request_id": ""} == {**wrong.json, "request_id": ""}

    def test_L01_only_while_the_operator_requires_it(self, build, register):
        register("grace")
        client = build(EMAIL_VERIFICATION="optional").test_client()
        body = {"email": "grace@example.org", "password": PASSWORD}

        assert client.post("/api/login", json=body).status_code == 200

    def test_without_the_requirement_they_are_like_other_users(self, build, unconfirmed):
        client = build(EMAIL_VERIFICATION="optional").test_client()

        assert client.get("/api/protected", headers=unconfirmed.headers).status_code == 200

    def test_accounts_from_before_the_requirement_are_like_other_users(self, required):
        ada = required.person("Ada")

        assert not ada.get("/api/me").json["email_verified"]
        ada.get("/api/protected")


class TestVerification:
    def test_R06_R07_it_ends_what_was_begun_before(self, build, required, register, mails, verify):
        register("grace")
        body = {"username": "grace", "password": PASSWORD}
        stolen = log_in_without_the_requirement(build)
        [(name, to, token)] = mails()

        assert (name, to) == ("verify_email", "grace@example.org")
        assert verify(token).status_code == 204

        headers = {"Authorization": f"Bearer {stolen['access_token']}"}
        assert required.client.get("/api/me", headers=headers).status_code == 401
        again = {"refresh_token": stolen["refresh_token"]}
        assert required.client.post("/api/refresh", json=again).status_code == 401
        opened = required.client.post("/api/login", json=body).json
        headers = {"Authorization": f"Bearer {opened['access_token']}"}
        assert not opened["must_verify_email"]
        assert required.client.get("/api/me", headers=headers).json["email_verified"]

    def test_R07_the_token_works_once(self, register, mails, verify):
        register("grace")
        [(_, _, token)] = mails()

        assert [verify(token).status_code for _ in range(2)] == [204, 400]

    def test_R07_the_token_is_bound_to_the_address(self, required, register, mails, verify):
        register("grace")
        [(_, _, token)] = mails()
        root = required.person("Root", role="admin")
        [grace] = root.get("/api/users?q=grace").json["items"]
        root.patch(f"/api/users/{grace['id']}", {"email": "hopper@example.org"})

        assert verify(token).status_code == 400
        expected = ("verify_email", "hopper@example.org")
        [newest] = [newest for name, to, newest in mails() if (name, to) == expected]
        assert verify(newest).status_code == 204

    def test_L09_the_token_does_not_work_while_the_account_is_suspended(
        self, required, register, mails, verify
    ):
        register("grace")
        [(_, _, token)] = mails()
        root = required.person("Root", role="admin")
        [grace] = root.get("/api/users?q=grace").json["items"]

        root.patch(f"/api/users/{grace['id']}", {"status": "suspended"})
        assert verify(token).status_code == 400
        suspended = root.get(f"/api/users/{grace['id']}").json
        assert not suspended["email_verified"]

        root.patch(f"/api/users/{grace['id']}", {"status": "active"})
        assert verify(token).status_code == 204

    def test_the_token_works_for_24_hours(self, register, mails, verify, monkeypatch):
        register("grace")
        [(_, _, token)] = mails()
        now = clock.now()

        monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=24, seconds=1))
        assert verify(token).status_code == 400
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=23, minutes=59))
        assert verify(token).status_code == 204

    def test_only_a_digest_is_stored(self, app, register, mails):
        register("grace")
        [(_, _, token)] = mails()

        with app.app_context():
            [stored] = db.session.scalars(select(OneTimeToken)).all()
        assert token not in repr(vars(stored))

    @pytest.mark.parametrize("token", ["", None, [], {}, 0, True])
    def test_V04_another_type_is_no_token(self, verify, token):
        assert verify(token).status_code == 422


class TestResending:
    def test_the_newest_link_is_the_only_one_that_works(self, register, mails, verify, resend):
        register("grace")

        assert resend("grace@example.org").status_code == 202

        (_, _, first), (_, _, second) = mails()
        assert verify(first).status_code == 400
        assert verify(second).status_code == 204

    def test_R03_the_mail_goes_to_the_stored_address(self, register, mails, resend):
        register("grace")

        resend("GRACE@EXAMPLE.org")

        assert [to for _, to, _ in mails()] == ["grace@example.org"] * 2

    def test_R01_the_response_is_the_same_for_every_address(self, required, register, resend):
        register("grace")
        required.save("Ada", email_verified_at=clock.now())
        required.save("Alan", status="suspended")
        names = ("grace", "ada", "alan", "unknown")

        responses = [resend(f"{name}@example.org") for name in names]

        assert {(response.status_code, response.data) for response in responses} == {
            (202, responses[0].data)
        }
        assert len({tuple(sorted(response.headers.keys())) for response in responses}) == 1

    def test_nothing_is_sent_to_others(self, app, required, mails, resend):
        required.save("Ada", email_verified_at=clock.now())
        required.save("Alan", status="suspended")

        for name in ("ada", "alan", "unknown"):
            resend(f"{name}@example.org")

        assert mails() == []
        with app.app_context():
            assert db.session.scalars(select(OneTimeToken)).all() == []

    def test_N04_one_mail_in_a_minute(self, build, register, mails):
        register("grace")
        limited = build(EMAIL_VERIFICATION="required", LIMITS_ENABLED=True).test_client()
        body = {"email": "grace@example.org"}

        responses = [limited.post("/api/email/verify/resend", json=body) for _ in range(3)]

        assert [response.status_code for response in responses] == [202] * 3
        assert len(mails()) == 2

    def test_N04_a_registration_counts_and_sends_none_beyond_the_limit(
        self, build, required, mails
    ):
        limited = LocalService(build(EMAIL_VERIFICATION="required", LIMITS_ENABLED=True))
        body = {"email": "grace@example.org", "password": PASSWORD}
        assert limited.client.post("/api/register", json=body).status_code == 202
        root = required.person("Root", role="admin")
        [grace] = root.get("/api/users?q=grace").json["items"]
        root.delete(f"/api/users/{grace['id']}")

        assert limited.client.post("/api/register", json=body).status_code == 202

        assert len(mails()) == 1


class TestRequestedUsernames:
    """The username of a registration, which the account gets with the confirmation."""

    @pytest.fixture
    def root(self, required):
        return required.person("Root", role="admin")

    @pytest.fixture
    def find(self, root):
        """Return a function that returns the account with an address."""
        return lambda email: root.get(f"/api/users?q={email}").json["items"][0]

    def test_R01_the_account_gets_it_with_the_confirmation(
        self, register, find, mails, verify, recorded
    ):
        register("grace")
        assert find("grace@example.org")["username"] is None

        verify(mails()[0][2])

        assert find("grace@example.org")["username"] == "grace"
        assert recorded()[-2:] == ["email.verified", "user.updated"]

    def test_R01_an_address_as_username_too(self, register, find, mails, verify):
        register("grace", username="grace@example.org")

        verify(mails()[0][2])

        assert find("grace@example.org")["username"] == "grace@example.org"

    def test_R01_the_first_who_confirms_gets_it(self, register, find, mails, verify):
        register("grace")
        register("alan", username="GRACE")
        (_, _, first), (_, _, second) = mails()

        assert [verify(token).status_code for token in (second, first)] == [204, 204]

        assert find("alan@example.org")["username"] == "GRACE"
        grace = find("grace@example.org")
        assert (grace["username"], grace["email_verified"]) == (None, True)

    def test_R01_a_replaced_password_confirms_as_well(self, required, register, find, mails):
        register("grace")
        required.client.post("/api/password/forgot", json={"email": "grace@example.org"})
        body = {"token": mails()[-1][2], "new_password": f"new {PASSWORD}"}

        assert required.client.post("/api/password/reset", json=body).status_code == 204

        assert find("grace@example.org")["username"] == "grace"

    def test_R01_so_does_an_administrator(self, register, root, find):
        register("grace")
        path = f"/api/users/{find('grace@example.org')['id']}"

        root.patch(path, {"email_verified": True})

        assert root.get(path).json["username"] == "grace"

    def test_a_username_that_an_administrator_has_given_stays(self, register, root, find):
        register("grace")
        path = f"/api/users/{find('grace@example.org')['id']}"

        root.patch(path, {"username": "hopper"})
        root.patch(path, {"email_verified": True})

        assert root.get(path).json["username"] == "hopper"

    def test_the_address_of_another_person_is_none(self, register, root, find):
        register("grace", username="grace@example.org")
        path = f"/api/users/{find('grace@example.org')['id']}"

        root.patch(path, {"email": "hopper@example.org", "email_verified": True})

        assert root.get(path).json["username"] is None


class TestAdministrators:
    @pytest.fixture
    def root(self, required):
        return required.person("Root", role="admin")

    def test_an_account_counts_as_they_say(self, required, root, mails):
        body = {"email": "ada@example.org", "email_verified": True, "password": PASSWORD}
        account = root.post("/api/users", body).json

        assert account["email_verified"]
        assert mails() == []
        login = {"email": "ada@example.org", "password": PASSWORD}
        assert not required.client.post("/api/login", json=login).json["must_verify_email"]

    def test_without_a_word_it_has_to_be_confirmed(self, root, mails):
        account = root.post("/api/users", {"email": "ada@example.org"}).json

        assert not account["email_verified"]
        assert [(name, to) for name, to, _ in mails()] == [("verify_email", "ada@example.org")]

    @pytest.mark.parametrize("method", ["PATCH", "PUT"])
    def test_a_new_address_is_unverified_unless_they_say_so(self, required, root, method):
        ada = required.save("Ada", email_verified_at=clock.now())
        path = f"/api/users/{ada.id}"
        account = root.get(path).json
        kept = ("username", "display_name", "status", "user_metadata", "app_metadata")
        all_members = {name: account[name] for name in kept} if method == "PUT" else {}

        def change(email, **members):
            return root.ask(method, path, json={**all_members, "email": email, **members}).json

        assert change("ada@example.org")["email_verified"]
        assert not change("lovelace@example.org")["email_verified"]
        assert change("countess@example.org", email_verified=True)["email_verified"]
        assert change("king@example.org", email_verified=True)["email_verified"]
        assert not change("king@example.org", email_verified=False)["email_verified"]

    def test_A04_users_cannot_say_it_themselves(self, required):
        ada = required.person("Ada")

        ada.patch("/api/me", {"email_verified": True}, expecting=422)
        ada.patch(f"/api/users/{ada.id}", {"email_verified": True}, expecting=403)
        assert not ada.get("/api/me").json["email_verified"]


def test_without_verification_no_mail_is_sent(app, client, mails):
    body = {"username": "grace", "email": "grace@example.org", "password": PASSWORD}

    assert client.post("/api/register", json=body).status_code == 201
    assert mails() == []


def test_the_first_administrator_of_the_command_line_can_work(required):
    arguments = ["create", "root", "root@example.org", "--role", "admin"]
    result = required.app.test_cli_runner().invoke(users.command, arguments, input=PASSWORD)
    assert result.exit_code == 0, result.output

    login = {"username": "root", "password": PASSWORD}
    opened = required.client.post("/api/login", json=login).json
    headers = {"Authorization": f"Bearer {opened['access_token']}"}
    assert required.client.get("/api/users", headers=headers).status_code == 200
