"""Cancelling the change of an e-mail address, and changes by administrators, over HTTP."""

from datetime import timedelta

import pytest

from api.core import clock
from tests.support import PASSWORD, anonymous

NEW, OLD = "countess@example.org", "ada@example.org"


@pytest.fixture
def read_email(ada, administrator):
    """Return a function that reads Ada's present address."""
    return lambda: administrator.get(f"/api/users/{ada.id}").json["email"]


@pytest.fixture
def changed(request_change, confirm, mails):
    """Ada's address has changed; the token with which the former one can cancel that."""
    confirm(request_change())
    return mails("email_changed")[-1].token


class TestBeforeTheConfirmation:
    def test_V_06_the_request_is_void(self, request_change, confirm, cancel, mails, recorded):
        token = request_change()

        cancel(mails("email_change_notice")[-1].token)

        confirm(token, expecting=400)
        assert recorded() == ["email.change_requested", "email.change_cancelled"]

    def test_sessions_continue(self, ada, request_change, cancel, mails):
        request_change()
        cancel(mails("email_change_notice")[-1].token)

        ada.get("/api/me")

    def test_the_token_works_once(self, request_change, cancel, mails):
        request_change()
        token = mails("email_change_notice")[-1].token
        cancel(token)

        cancel(token, expecting=400)


class TestAfterTheConfirmation:
    def test_V_06_the_former_address_is_restored(self, changed, cancel, read_email, recorded):
        assert read_email() == NEW

        cancel(changed)

        assert read_email() == OLD
        assert set(recorded()[-3:]) == {  # each is the consequence of another
            "user.updated",
            "email.change_cancelled",
            "password.reset_requested",
        }

    def test_V_06_all_sessions_end(self, ada, changed, cancel):
        body = {"email": NEW, "password": PASSWORD}
        tokens = anonymous(ada.client).post("/api/login", body, expecting=200).json
        ada.token = tokens["access_token"]
        ada.get("/api/me")

        cancel(changed)

        ada.get("/api/me", expecting=401)

    def test_V_06_the_password_is_void_and_a_mail_sets_a_new_one(
        self, anyone, changed, cancel, mails
    ):
        cancel(changed)

        anyone.post("/api/login", {"email": OLD, "password": PASSWORD}, expecting=401)
        [mail] = mails("reset_password")
        assert mail.to == OLD
        body = {"token": mail.token, "new_password": "a brass engine"}
        anyone.post("/api/password/reset", body, expecting=204)
        anyone.post("/api/login", {"email": OLD, "password": "a brass engine"}, expecting=200)

    def test_V_06_an_account_that_was_deleted_since_is_restored(
        self, ada, anyone, changed, cancel, read_email, recorded
    ):
        body = {"email": NEW, "password": PASSWORD}
        ada.token = anyone.post("/api/login", body, expecting=200).json["access_token"]
        ada.delete("/api/me", expecting=204)

        cancel(changed)

        assert read_email() == OLD
        assert "user.restored" in recorded()

    def test_V_06_another_case_of_the_restored_address_mails_no_link_to_the_other_one(
        self, ada, changed, cancel, mails, administrator
    ):
        before = len(mails("email_changed"))

        administrator.patch(f"/api/users/{ada.id}", {"email": OLD.upper()})

        assert len(mails("email_changed")) == before

    def test_V_06_the_former_address_is_verified(self, ada, changed, cancel, administrator):
        cancel(changed)

        assert administrator.get(f"/api/users/{ada.id}").json["email_verified"]

    def test_V_06_a_reset_that_was_mailed_to_the_new_address_is_void(
        self, anyone, changed, cancel, mails
    ):
        anyone.post("/api/password/forgot", {"email": NEW}, expecting=202)
        body = {"token": mails("reset_password")[-1].token, "new_password": "a brass engine"}

        cancel(changed)

        anyone.post("/api/password/reset", body, expecting=400)

    def test_a_reset_at_the_new_address_does_not_void_the_link(
        self, anyone, changed, cancel, mails, read_email
    ):
        anyone.post("/api/password/forgot", {"email": NEW}, expecting=202)
        body = {"token": mails("reset_password")[-1].token, "new_password": "a brass engine"}
        anyone.post("/api/password/reset", body, expecting=204)

        cancel(changed)

        assert read_email() == OLD

    def test_V_06_the_link_works_for_7_days(self, changed, cancel, read_email, monkeypatch):
        now = clock.now()
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=7, seconds=1))
        cancel(changed, expecting=400)

        monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=6, hours=23))
        cancel(changed)

    def test_nothing_changes_if_another_account_has_the_address(
        self, changed, cancel, user, read_email
    ):
        user("Adele", email=OLD)

        problem = cancel(changed, expecting=409).json

        assert problem["error"] == "email_taken"
        assert read_email() == NEW

    def test_the_first_owner_wins_against_the_addresses_that_follow(
        self, ada, changed, confirm, cancel, mails, read_email
    ):
        body = {"email": NEW, "password": PASSWORD}
        tokens = anonymous(ada.client).post("/api/login", body, expecting=200).json
        ada.token = tokens["access_token"]
        ada.post("/api/me/email", {"email": "third@example.org"}, expecting=202)
        confirm(mails("email_change_requested")[-1].token)
        of_the_second = mails("email_changed")[-1].token

        cancel(changed)

        assert read_email() == OLD
        cancel(of_the_second, expecting=400)
        assert [mail.to for mail in mails("email_changed")] == [OLD, NEW]

    def test_a_former_owner_of_another_account_is_not_touched(self, changed, cancel, person):
        grace = person("Grace")

        cancel(changed)

        grace.get("/api/me")


class TestTheAddressThatIsReplaced:
    def test_V_06_it_gets_a_mail_without_a_link(self, changed, cancel, mails):
        cancel(changed)

        [mail] = mails("email_restored")
        assert (mail.to, mail.values) == (NEW, {})

    def test_V_06_also_if_an_administrator_restores_the_former_one(
        self, ada, changed, administrator, mails
    ):
        administrator.patch(f"/api/users/{ada.id}", {"email": OLD})

        assert [mail.to for mail in mails("email_restored")] == [NEW]

    def test_V_06_one_that_was_not_verified_gets_none(self, ada, administrator, cancel, mails):
        administrator.patch(f"/api/users/{ada.id}", {"email": NEW})
        cancel(mails("email_changed")[-1].token)

        assert mails("email_restored") == []

    def test_V_06_one_that_has_not_confirmed_gets_none(self, request_change, cancel, mails):
        request_change()
        cancel(mails("email_change_notice")[-1].token)

        assert mails("email_restored") == []


class TestChangesByAdministrators:
    def test_V_06_the_former_address_is_told_and_can_cancel(
        self, ada, administrator, cancel, mails, read_email
    ):
        administrator.patch(f"/api/users/{ada.id}", {"email": NEW})

        [mail] = mails("email_changed")
        assert (mail.to, mail.values["new_email"]) == (OLD, NEW)
        cancel(mail.token)
        assert read_email() == OLD

    def test_a_restored_address_cannot_be_cancelled(self, ada, administrator, changed, mails):
        sent = len(mails("email_changed"))

        administrator.patch(f"/api/users/{ada.id}", {"email": OLD})

        assert len(mails("email_changed")) == sent

    def test_a_pending_request_is_void(self, ada, administrator, request_change, confirm):
        token = request_change()
        administrator.patch(f"/api/users/{ada.id}", {"email": "other@example.org"})

        confirm(token, expecting=400)

    def test_another_change_sends_no_mail(self, ada, administrator, mails):
        administrator.patch(f"/api/users/{ada.id}", {"display_name": "Countess"})

        assert mails() == []
