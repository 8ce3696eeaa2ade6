"""Resets over HTTP: what a token does, what it ends, and what is rejected."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from api.core import clock
from api.core.database import db, transaction
from api.one_time_tokens import service as tokens
from api.one_time_tokens.models import OneTimeToken, TokenPurpose
from api.users.models import User
from tests.support import PASSWORD, anonymous

NEW_PASSWORD = "a new engine, analytical"


def read_user(app, person):
    with app.app_context():
        return db.session.get(User, UUID(person.id))


def count_hashes():
    return REGISTRY.get_sample_value("rollbook_password_hashes_total", {"purpose": "store"})


class TestResets:
    def test_V_05_the_new_password_replaces_the_old_one(self, log_in, ada, forgot, reset):
        reset(forgot(ada.email))

        log_in(ada, NEW_PASSWORD)
        log_in(ada, PASSWORD, expecting=401)

    def test_V_05_S_09_all_sessions_end_and_the_owner_is_told(self, ada, forgot, reset, mails):
        reset(forgot(ada.email))

        ada.get("/api/me", expecting=401)
        assert [mail.to for mail in mails("password_changed")] == [ada.email]

    def test_V_05_the_audit_log_has_the_request_and_the_reset(self, ada, forgot, reset, recorded):
        reset(forgot(ada.email))

        assert recorded() == ["password.reset_requested", "password.changed"]

    def test_R_06_other_tokens_are_void_but_not_those_of_former_owners(
        self, app, ada, forgot, reset
    ):
        with app.app_context(), transaction():
            for purpose in TokenPurpose:
                tokens.create(purpose, lifetime=timedelta(days=1), user_id=UUID(ada.id))

        reset(forgot(ada.email))

        with app.app_context():
            left = set(db.session.scalars(select(OneTimeToken.purpose)))
        assert left == {TokenPurpose.CANCEL_EMAIL_CHANGE, TokenPurpose.CANCEL_DELETION}

    def test_the_address_is_verified(self, app, ada, forgot, reset):
        reset(forgot(ada.email))

        assert read_user(app, ada).email_verified_at is not None

    def test_a_temporary_password_is_no_longer_one(
        self, log_in, app, ada, forgot, reset, administrator
    ):
        administrator.put(f"/api/users/{ada.id}/password", {"generate": True})

        reset(forgot(ada.email))

        assert log_in(ada, NEW_PASSWORD).json["must_change_password"] is False
        assert read_user(app, ada).password_expires_at is None

    def test_the_temporary_password_cannot_be_chosen(self, ada, forgot, reset, administrator):
        path = f"/api/users/{ada.id}/password"
        password = administrator.put(path, {"generate": True}).json["password"]

        problem = reset(forgot(ada.email), password, expecting=422).json

        assert problem["errors"][0]["rule"] == "password_unchanged"

    def test_an_account_without_a_password_gets_one(self, log_in, app, ada, forgot, reset):
        with app.app_context(), transaction():
            db.session.get(User, UUID(ada.id)).password_hash = None

        reset(forgot(ada.email))

        log_in(ada, NEW_PASSWORD)

    def test_V_03_a_token_works_once(self, ada, forgot, reset):
        token = forgot(ada.email)
        reset(token)

        assert reset(token, expecting=400).json["error"] == "invalid_one_time_token"

    def test_V_03_a_token_expires_after_30_minutes(self, ada, forgot, reset, monkeypatch):
        token = forgot(ada.email)
        later = clock.now() + timedelta(minutes=30)
        monkeypatch.setattr(clock, "now", lambda: later)

        reset(token, expecting=400)

    def test_V_03_one_of_ten_parallel_uses_succeeds(self, app, ada, forgot):
        token = forgot(ada.email)
        body = {"token": token, "new_password": NEW_PASSWORD}

        def send(_):
            anyone = anonymous(app.test_client())
            return anyone.post("/api/password/reset", body, expecting=None).status_code

        with ThreadPoolExecutor(10) as pool:
            statuses = sorted(pool.map(send, range(10)))

        assert statuses == [204] + [400] * 9

    @pytest.mark.parametrize(
        ("password", "rule"),
        [("short", "password_too_short"), ("xx rollbook xx", "password_blocklisted")],
    )
    def test_a_rejected_password_does_not_use_up_the_token(
        self, ada, forgot, reset, password, rule
    ):
        token = forgot(ada.email)

        problem = reset(token, password, expecting=422).json

        assert [(e["pointer"], e["rule"]) for e in problem["errors"]] == [("/new_password", rule)]
        reset(token)

    def test_P_05_the_names_of_the_owner_are_not_in_the_password(self, person, forgot, reset):
        person("Lovelace")

        problem = reset(forgot("lovelace@example.org"), "Love-Lace 1843", expecting=422).json

        assert problem["errors"][0]["rule"] == "password_blocklisted"

    def test_no_hash_is_computed_for_an_unknown_token(self, ada, reset):
        before = count_hashes()

        reset("x" * 43, expecting=400)

        assert count_hashes() == before

    @pytest.mark.parametrize("token", [None, "", [], {}, 0, True, "x" * 129])
    def test_V_04_without_a_token_nothing_is_reset(self, log_in, ada, reset, token):
        reset(token, expecting=422)

        log_in(ada, PASSWORD)

    @pytest.mark.parametrize("member", ["user_id", "email", "username"])
    def test_V_04_a_token_resets_its_own_account_only(
        self, log_in, person, ada, forgot, reset, member
    ):
        grace = person("Grace")
        victim = {"user_id": ada.id, "email": ada.email, "username": ada.username}

        reset(forgot(grace.email), expecting=422, **{member: victim[member]})
        reset(forgot(grace.email))

        log_in(ada, PASSWORD)
        log_in(grace, NEW_PASSWORD)

    @pytest.mark.parametrize("purpose", sorted(set(TokenPurpose) - {TokenPurpose.RESET_PASSWORD}))
    def test_V_04_a_token_of_another_purpose_resets_nothing(self, log_in, app, ada, reset, purpose):
        with app.app_context(), transaction():
            token = tokens.create(
                purpose, lifetime=timedelta(hours=1), user_id=UUID(ada.id), email=ada.email
            )

        reset(token, expecting=400)

        log_in(ada, PASSWORD)

    def test_V_04_a_token_of_a_suspended_account_is_void(self, ada, forgot, reset, administrator):
        token = forgot(ada.email)
        administrator.patch(f"/api/users/{ada.id}", {"status": "suspended"})

        reset(token, expecting=400)

    def test_V_04_a_token_mailed_to_a_former_address_is_void(
        self, ada, forgot, reset, administrator
    ):
        token = forgot(ada.email)
        administrator.patch(f"/api/users/{ada.id}", {"email": "countess@example.org"})

        reset(token, expecting=400)

    def test_V_04_a_changed_password_voids_the_token(self, ada, forgot, reset):
        token = forgot(ada.email)
        body = {"current_password": PASSWORD, "new_password": "another fine password"}
        ada.post("/api/me/password", body, expecting=200)

        reset(token, expecting=400)
