"""Forgotten passwords over HTTP: which mails are sent, and what the responses reveal."""

import pytest
from sqlalchemy import func, select

from api.core.database import db
from api.one_time_tokens.models import OneTimeToken
from tests.support import PASSWORD, anonymous

NEW_PASSWORD = "a new engine, analytical"
HOSTILE = {
    "X-Forwarded-Host": "evil.test",
    "X-Forwarded-Proto": "gopher",
    "Forwarded": "host=evil.test",
    "X-Original-Host": "evil.test",
    "Referer": "https://evil.test/",
    "Origin": "https://evil.test",
}


class TestRequests:
    @pytest.mark.parametrize("status", ["active", "suspended"])
    def test_V_01_the_response_does_not_depend_on_the_account(self, anyone, person, status):
        person("Ada", status=status)

        known, unknown = (
            anyone.post("/api/password/forgot", {"email": email}, expecting=202)
            for email in ("ada@example.org", "nobody@example.org")
        )

        assert known.data == unknown.data == b""
        assert set(known.headers.keys()) == set(unknown.headers.keys())

    def test_V_01_only_an_active_account_gets_a_mail(self, anyone, person, mails, administrator):
        person("Grace", status="suspended")
        alan = person("Alan")
        administrator.delete(f"/api/users/{alan.id}")

        for email in ("grace@example.org", "alan@example.org", "nobody@example.org"):
            anyone.post("/api/password/forgot", {"email": email}, expecting=202)

        assert mails("reset_password") == []

    def test_V_01_as_many_rows_are_written_for_an_unknown_address(self, app, anyone, ada):
        def count_rows():
            with app.app_context():
                tables = (db.metadata.tables[name] for name in ("outbox_messages", "audit_events"))
                counts = [select(func.count()).select_from(table) for table in tables]
                counts.append(select(func.count()).select_from(OneTimeToken))
                return sum(map(db.session.scalar, counts))

        anyone.post("/api/password/forgot", {"email": ada.email}, expecting=202)
        known = count_rows()
        anyone.post("/api/password/forgot", {"email": "nobody@example.org"}, expecting=202)

        assert count_rows() == 2 * known

    @pytest.mark.parametrize("spelling", ["mike@Example.org", "ｍike@example.org"])
    def test_R_03_the_mail_goes_to_the_stored_spelling(self, anyone, user, mails, spelling):
        user("Mike", email="Mike@example.org")

        anyone.post("/api/password/forgot", {"email": spelling}, expecting=202)

        assert [mail.to for mail in mails()] == ["Mike@example.org"]

    def test_R_03_another_letter_is_another_address(self, anyone, user, mails):
        user("Mike")

        anyone.post("/api/password/forgot", {"email": "mıke@example.org"}, expecting=202)

        assert mails() == []

    def test_V_02_the_link_begins_with_the_configured_url(self, anyone, ada, mails):
        body = {"email": ada.email}
        anyone.post("/api/password/forgot", body, headers=HOSTILE, expecting=202)

        [mail] = mails("reset_password")
        prefix = "http://127.0.0.1:8000/account/reset-password?token="
        assert mail.values["link"].startswith(prefix)
        assert mail.values["minutes"] == 30

    def test_V_03_a_second_request_voids_the_first_token(self, ada, forgot, reset):
        first, second = forgot(ada.email), forgot(ada.email)

        assert reset(first, expecting=400).json["error"] == "invalid_one_time_token"
        reset(second)

    def test_where_no_mail_is_sent_the_error_does_not_depend_on_the_account(self, build, ada):
        app = build(
            environment="production",
            password_blocklist=True,
            limits_enabled=True,
            argon2_memory_kib=19_456,
            argon2_time_cost=2,
            encryption_key="q7Jx0m3VZb5T9sWcK1hRfN8uYpL2aGdE",
            public_base_url="https://id.example.org",
            allowed_hosts=["localhost"],
        )
        anyone = anonymous(app.test_client())

        for email in (ada.email, "nobody@example.org"):
            problem = anyone.post("/api/password/forgot", {"email": email}, expecting=403).json
            assert problem["error"] == "mail_unavailable"

    def test_the_requests_of_one_address_are_limited(self, build, ada):
        app = build(limits_enabled=True, limit_password_reset_per_address="2 per hour")
        anyone = anonymous(app.test_client())

        for status in (202, 202, 429):
            anyone.post("/api/password/forgot", {"email": "x@example.org"}, expecting=status)


class TestMailsOfAdministrators:
    def test_V_07_the_mail_goes_to_the_user(self, ada, administrator, mails, reset, recorded):
        path = f"/api/users/{ada.id}/password/reset-mail"
        answer = administrator.post(path, expecting=202)

        [mail] = mails("reset_password")
        assert mail.to == ada.email
        assert mail.token not in answer.text
        reset(mail.token)
        assert recorded()[0] == "password.reset_requested"

    @pytest.mark.parametrize("member", ["password", "password_hash"])
    def test_V_07_no_password_is_set_with_a_change_of_the_account(
        self, log_in, ada, administrator, member
    ):
        administrator.patch(f"/api/users/{ada.id}", {member: NEW_PASSWORD}, expecting=422)

        log_in(ada, PASSWORD)

    def test_it_needs_the_permission(self, ada, person):
        path = f"/api/users/{ada.id}/password/reset-mail"
        problem = person("Grace").post(path, expecting=403).json

        assert problem["permission"] == "users:credentials"

    def test_A_07_it_needs_all_permissions_of_the_user(self, person, administrator, mails):
        role = {"name": "helper", "description": "", "permissions": ["users:credentials"]}
        administrator.post("/api/roles", role)

        path = f"/api/users/{administrator.id}/password/reset-mail"
        person("Hedy", role="helper").post(path, expecting=403)

        assert mails() == []

    def test_a_suspended_user_gets_none(self, person, administrator, mails):
        grace = person("Grace", status="suspended")

        path = f"/api/users/{grace.id}/password/reset-mail"
        problem = administrator.post(path, expecting=409).json

        assert problem["error"] == "user_suspended"
        assert mails() == []


class TestNotices:
    def test_P_06_the_owner_is_told_of_an_own_change(self, ada, mails):
        body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        ada.post("/api/me/password", body, expecting=200)

        [mail] = mails()
        assert (mail.name, mail.to) == ("password_changed", ada.email)
        assert mail.values["at"].endswith("+00:00")

    def test_P_06_the_owner_is_told_of_a_password_from_an_administrator(
        self, ada, administrator, mails
    ):
        password = administrator.put(f"/api/users/{ada.id}/password", {"generate": True}).json

        [mail] = mails()
        assert mail.to == ada.email
        assert password["password"] not in str(mail)
