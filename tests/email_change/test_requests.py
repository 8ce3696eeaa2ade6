"""Asking for a new e-mail address, and confirming it, over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from api.core import clock
from api.core.database import db
from api.users.models import User
from tests.support import PASSWORD, anonymous

NEW = "countess@example.org"


def read_user(app, person):
    with app.app_context():
        return db.session.get(User, UUID(person.id))


def log_in(person, expecting=200, **names):
    body = {**names, "password": PASSWORD}
    return anonymous(person.client).post("/api/login", body, expecting=expecting)


class TestRequests:
    def test_V_06_the_account_keeps_its_address(self, app, ada, request_change):
        request_change()

        assert read_user(app, ada).email == "ada@example.org"
        ada.get("/api/me")

    def test_V_06_both_addresses_are_told(self, ada, request_change, mails):
        request_change()

        requested, notice = sorted(mails(), key=lambda mail: mail.name, reverse=True)
        assert (requested.name, requested.to) == ("email_change_requested", NEW)
        assert requested.values["hours"] == 1
        assert "/account/confirm-email-change?token=" in requested.values["link"]
        assert (notice.name, notice.to) == ("email_change_notice", ada.email)
        assert (notice.values["new_email"], notice.values["days"]) == (NEW, 7)
        assert "/account/cancel-email-change?token=" in notice.values["link"]

    def test_V_06_the_password_must_have_been_verified_recently(self, ada, mails, monkeypatch):
        later = clock.now() + timedelta(minutes=11)
        monkeypatch.setattr(clock, "now", lambda: later)

        problem = ada.post("/api/me/email", {"email": NEW}, expecting=401).json

        assert problem["error"] == "insufficient_user_authentication"
        assert mails() == []

    def test_the_response_is_the_same_for_an_address_of_another_user(self, ada, user, mails):
        user("Grace")

        unknown = ada.post("/api/me/email", {"email": NEW}, expecting=202)
        known = ada.post("/api/me/email", {"email": "GRACE@example.org"}, expecting=202)

        assert (unknown.data, set(unknown.headers.keys())) == (
            known.data,
            set(known.headers.keys()),
        )
        assert [mail.to for mail in mails("email_change_requested")] == [NEW]

    @pytest.mark.parametrize(
        ("email", "rule"),
        [("ada@example.org", "email_unchanged"), ("ada@x.local", "email_domain"), ("x", "format")],
    )
    def test_an_address_that_cannot_be_used_is_rejected(self, ada, email, rule):
        problem = ada.post("/api/me/email", {"email": email}, expecting=422).json

        assert [(each["pointer"], each["rule"]) for each in problem["errors"]] == [("/email", rule)]

    def test_there_is_no_request_without_a_notice(self, build, ada, mails):
        ada.client = build(limits_enabled=True).test_client()
        ada.post("/api/me/email", {"email": NEW}, expecting=202)

        answer = ada.post("/api/me/email", {"email": "other@example.org"}, expecting=429)

        assert answer.headers["Retry-After"] == "60"
        assert len(mails("email_change_requested")) == len(mails("email_change_notice")) == 1


class TestConfirmations:
    def test_V_06_the_account_gets_the_new_address_which_is_verified(
        self, app, ada, request_change, confirm
    ):
        confirm(request_change())

        user = read_user(app, ada)
        assert user.email == NEW
        assert user.email_verified_at is not None
        log_in(ada, email=NEW)

    def test_a_username_that_is_the_address_changes_with_it(
        self, app, person, mails, anyone, confirm
    ):
        hedy = person("Hedy", username="hedy@example.org", email="hedy@example.org")
        hedy.post("/api/me/email", {"email": NEW}, expecting=202)

        confirm(mails("email_change_requested")[-1].token)

        assert read_user(app, hedy).username == NEW

    def test_S_09_all_sessions_end(self, ada, request_change, confirm):
        confirm(request_change())

        ada.get("/api/me", expecting=401)

    def test_V_06_the_former_address_is_told(self, ada, request_change, confirm, mails):
        confirm(request_change())

        [mail] = mails("email_changed")
        assert mail.to == "ada@example.org"
        assert mail.values["new_email"] == NEW

    def test_V_06_nothing_changes_if_the_address_is_taken_meanwhile(
        self, app, ada, user, request_change, confirm, recorded
    ):
        token = request_change()
        user("Countess")

        problem = confirm(token, expecting=409).json

        assert problem["error"] == "email_taken"
        assert read_user(app, ada).email == "ada@example.org"
        assert recorded() == ["email.change_requested"]
        ada.get("/api/me")

    def test_V_06_no_request_skips_the_confirmation(self, ada):
        ada.patch("/api/me", {"email": NEW}, expecting=422)
        ada.patch(f"/api/users/{ada.id}", {"email": NEW}, expecting=403)

    def test_a_further_request_voids_the_first_token(self, request_change, confirm):
        first, second = request_change(), request_change("duchess@example.org")

        confirm(first, expecting=400)
        confirm(second)

    def test_a_token_expires_after_an_hour(self, request_change, confirm, monkeypatch):
        token = request_change()
        later = clock.now() + timedelta(hours=1)
        monkeypatch.setattr(clock, "now", lambda: later)

        confirm(token, expecting=400)

    def test_one_of_ten_parallel_confirmations_succeeds(self, app, request_change):
        body = {"token": request_change()}

        def send(_):
            anyone = anonymous(app.test_client())
            return anyone.post("/api/email/change/confirm", body, expecting=None).status_code

        with ThreadPoolExecutor(10) as pool:
            statuses = sorted(pool.map(send, range(10)))

        assert statuses == [204] + [400] * 9

    def test_a_token_of_a_suspended_account_is_void(self, ada, request_change, confirm, app):
        token = request_change()
        with app.app_context():
            db.session.get(User, UUID(ada.id)).status = "suspended"
            db.session.commit()

        confirm(token, expecting=400)

    @pytest.mark.parametrize("path", ["confirm", "cancel"])
    @pytest.mark.parametrize("token", [None, "", [], {}, 0, True])
    def test_without_a_token_nothing_changes(self, anyone, path, token):
        anyone.post(f"/api/email/change/{path}", {"token": token}, expecting=422)

    def test_R_06_a_reset_voids_a_request(self, ada, anyone, request_change, confirm, mails):
        token = request_change()
        anyone.post("/api/password/forgot", {"email": ada.email}, expecting=202)
        body = {"token": mails("reset_password")[-1].token, "new_password": "a brass engine"}
        anyone.post("/api/password/reset", body, expecting=204)

        confirm(token, expecting=400)

    def test_a_new_password_voids_a_request(self, ada, request_change, confirm):
        token = request_change()
        body = {"current_password": PASSWORD, "new_password": "a brass engine"}
        ada.post("/api/me/password", body, expecting=200)

        confirm(token, expecting=400)
