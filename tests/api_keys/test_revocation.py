"""What revokes the keys of an account, and what keeps them."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from api.api_keys import service
from api.api_keys.models import ApiKey
from api.core import clock
from api.core.database import db, in_transaction
from api.users import purging
from tests.api_keys.support import as_program, save_key
from tests.mails import read_mails
from tests.support import anonymous

NEW_PASSWORD = "a nanosecond is a foot of wire"


@pytest.fixture
def program(client, create):
    return as_program(client, create()["key"])


@pytest.fixture
def post_token(app, client):
    """Return a function that sends the token in the newest mail of a template."""

    def post(path, template, **members):
        token = read_mails(app, template)[-1].token
        return anonymous(client).post(path, {"token": token, **members}, expecting=None)

    return post


def find_reasons(administrator):
    events = administrator.get("/api/audit-events").json["items"]
    return [e["details"]["reason"] for e in events if e["action"] == "api_key.revoked"]


class TestPasswords:
    def test_a_reset_by_mail_revokes_them(self, anyone, ada, program, post_token, administrator):
        anyone.post("/api/password/forgot", {"email": ada.email}, expecting=None)
        post_token("/api/password/reset", "reset_password", new_password=NEW_PASSWORD)

        program.get("/api/me", expecting=401)
        assert find_reasons(administrator) == ["password_reset"]

    def test_a_change_keeps_them(self, ada, program):
        body = {"current_password": ada.password, "new_password": NEW_PASSWORD}
        ada.post("/api/me/password", body, expecting=200)

        program.get("/api/me")

    def test_a_password_of_an_administrator_keeps_them(self, ada, program, administrator):
        body = {"password": NEW_PASSWORD, "must_change_password": False}
        administrator.put(f"/api/users/{ada.id}/password", body)

        program.get("/api/me")


class TestEmail:
    def test_a_cancelled_change_revokes_them(self, ada, program, post_token, administrator):
        ada.post("/api/me/email", {"email": "ada@new.example"}, expecting=None)
        post_token("/api/email/change/cancel", "email_change_notice")

        program.get("/api/me", expecting=401)
        assert find_reasons(administrator) == ["email_change_cancelled"]

    def test_a_confirmed_change_keeps_them(self, ada, program, post_token):
        ada.post("/api/me/email", {"email": "ada@new.example"}, expecting=None)
        post_token("/api/email/change/confirm", "email_change_requested")

        program.get("/api/me")

    def test_the_first_confirmation_revokes_them(
        self, anyone, ada, program, post_token, administrator
    ):
        anyone.post("/api/email/verify/resend", {"email": ada.email}, expecting=None)
        post_token("/api/email/verify", "verify_email")

        program.get("/api/me", expecting=401)
        assert find_reasons(administrator) == ["email_verified"]


class TestAdministrators:
    @pytest.fixture
    def made(self, create):
        return create(scopes=["users:read"])

    def test_they_list_and_revoke_keys(self, client, ada, made, administrator):
        path = f"/api/users/{ada.id}/api-keys"

        assert administrator.get(path).json == ada.get("/api/me/api-keys").json
        administrator.delete(f"{path}/{made['id']}")

        as_program(client, made["key"]).get("/api/me", expecting=401)
        assert find_reasons(administrator) == ["revoked_by_administrator"]

    def test_K_02_a_key_of_another_user_is_not_found(self, made, person, administrator):
        path = f"/api/users/{person('Grace').id}/api-keys"

        assert administrator.get(path).json["items"] == []
        answer = administrator.delete(f"{path}/{made['id']}", expecting=404)
        assert answer.json["error"] == "api_key_not_found"

    def test_an_unknown_user_is_not_found(self, administrator):
        path = "/api/users/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2fff/api-keys"

        assert administrator.get(path, expecting=404).json["error"] == "user_not_found"

    def test_A_07_a_clerk_cannot_revoke_keys_of_a_user_with_more_permissions(
        self, ada, made, person, administrator
    ):
        role = {"name": "clerk", "description": "Clerks", "permissions": ["api_keys:write"]}
        administrator.post("/api/roles", role)
        clerk = person("Cora", role="clerk")

        path = f"/api/users/{ada.id}/api-keys/{made['id']}"

        assert clerk.delete(path, expecting=403).json["permission"] == "api_keys:read"


class TestDeletion:
    def test_a_restored_account_does_not_get_its_keys_back(self, ada, program, administrator):
        path = f"/api/users/{ada.id}"
        administrator.delete(path)
        administrator.post(f"{path}/restore", expecting=200)

        program.get("/api/me", expecting=401)
        assert administrator.get(f"{path}/api-keys").json["items"] == []
        assert find_reasons(administrator) == ["user_deleted"]

    def test_an_account_that_is_active_again_keeps_them(self, ada, program, administrator):
        path = f"/api/users/{ada.id}"
        administrator.patch(path, {"status": "suspended"})
        program.get("/api/me", expecting=401)
        administrator.patch(path, {"status": "active"})

        program.get("/api/me")


class TestErasure:
    def test_an_erased_account_has_no_keys(self, app, ada, create, administrator, monkeypatch):
        create()
        administrator.delete(f"/api/users/{ada.id}")
        later = clock.now() + timedelta(days=400)
        monkeypatch.setattr(clock, "now", lambda: later)

        with app.app_context():
            in_transaction(purging.purge_batch)
            assert db.session.scalar(select(func.count()).select_from(ApiKey)) == 0


class TestPurge:
    def test_keys_are_deleted_30_days_after_their_expiry(self, app, ada):
        for days in (29, 31):
            expires_at = clock.now() - timedelta(days=days)
            save_key(app, user_id=UUID(ada.id), expires_at=expires_at)
        save_key(app, user_id=UUID(ada.id))

        with app.app_context():
            assert in_transaction(service.purge) == 1
