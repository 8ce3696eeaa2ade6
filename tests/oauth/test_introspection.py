"""Introspection and revocation by clients of OAuth 2.0."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from api.api_keys.models import ApiKey
from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, transaction
from api.core.permissions import Permission
from api.core.program_secrets import make_digest, make_secret
from api.oauth import assertions, client_tokens
from api.oauth.assertions import ASSERTION_TYPE
from api.oauth.models import RevokedToken, UsedAssertion

INTROSPECT, REVOKE = "/oauth/introspect", "/oauth/revoke"
NOT_ACTIVE = {"active": False}


@pytest.fixture
def gateway(make_client):
    """A resource server that may ask about all tokens, and revoke them."""
    return make_client(
        Permission.TOKENS_INTROSPECT,
        Permission.TOKENS_REVOKE,
        Permission.USERS_READ,
        name="Gateway",
    )


@pytest.fixture
def shop(make_client):
    return make_client(Permission.USERS_READ)


@pytest.fixture
def ada(person):
    return person("Ada")


@pytest.fixture
def introspect(gateway):
    return lambda token: gateway.ask(INTROSPECT, token=token).json


class TestIntrospection:
    def test_C_07_a_client_asks_with_each_method_of_authentication(self, gateway, ada):
        signed = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": gateway.sign()}
        in_form = {"client_id": gateway.id, "client_secret": gateway.secret}
        bearer = {"Authorization": f"Bearer {gateway.issue()}"}
        answers = [
            gateway.ask(INTROSPECT, token=ada.token),
            gateway.ask(INTROSPECT, token=ada.token, headers={}, **in_form),
            gateway.ask(INTROSPECT, token=ada.token, headers={}, **signed),
            gateway.ask(INTROSPECT, token=ada.token, headers=bearer),
        ]

        assert [answer.json["sub"] for answer in answers] == [ada.id] * 4

    def test_a_token_of_a_service_account_is_described(self, introspect, shop):
        token = shop.issue(scope="users:read")

        answer = introspect(token)

        assert answer["active"] is True
        assert (answer["token_use"], answer["token_type"]) == ("access_token", "Bearer")
        assert answer["sub"] == answer["client_id"] == shop.id
        assert (answer["scope"], answer["aud"]) == ("users:read", "rollbook")
        assert answer["exp"] - answer["iat"] == 900
        assert answer["roles"] == [f"of-{shop.id}"]
        assert "sid" not in answer
        assert "username" not in answer

    def test_the_scope_is_what_the_account_still_has(self, introspect, shop):
        token = shop.issue()
        shop.set_permissions()

        assert "scope" not in introspect(token)

    def test_tokens_of_sessions_are_described_as_before(self, introspect, ada):
        assert introspect(ada.token)["sid"] == ada.session_id
        assert introspect(ada.refresh_token)["token_use"] == "refresh_token"

    def test_a_token_for_another_service_is_active(self, build, gateway):
        app = build(oauth_resources="https://shop.example")
        gateway.client = app.test_client()
        token = gateway.issue(resource="https://shop.example")

        assert gateway.ask(INTROSPECT, token=token).json["aud"] == "https://shop.example"

    @pytest.mark.parametrize(
        "end",
        [
            pytest.param(lambda shop: shop.change(status="suspended"), id="suspended"),
            pytest.param(lambda shop: shop.delete_credential(shop.secret_id), id="deleted"),
        ],
    )
    def test_a_token_that_has_ended_is_not_active(self, introspect, shop, end):
        token = shop.issue()
        end(shop)

        assert introspect(token) == NOT_ACTIVE

    @pytest.mark.parametrize("token", ["x", "a.b.c", "é", "rb_live_x", "0" * 4096])
    def test_what_is_no_token_is_not_active(self, introspect, shop, token):
        assert introspect(token) == NOT_ACTIVE
        assert shop.ask(INTROSPECT, token=token).json == NOT_ACTIVE

    def test_a_client_may_ask_about_its_own_tokens(self, shop):
        assert shop.ask(INTROSPECT, token=shop.issue()).json["active"] is True

    def test_a_client_without_the_permission_learns_nothing_about_others(self, shop, ada):
        """RFC 7662, 2.2: nor whether they are valid."""
        with capture_logs() as logs:
            assert shop.ask(INTROSPECT, token=ada.token).json == NOT_ACTIVE

        assert [each["event"] for each in logs].count("introspection.permission_missing") == 1

    def test_a_failed_authentication_is_an_invalid_client(self, gateway, ada, recorded):
        headers = {"Authorization": "Basic eDp5"}
        answer = gateway.ask(INTROSPECT, token=ada.token, headers=headers, expecting=401)

        assert answer.json["error"] == "invalid_client"
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="rollbook"'
        assert recorded() == ["client.authentication_failed"]

    def test_without_any_credential_the_response_is_401(self, gateway, ada):
        answer = gateway.ask(INTROSPECT, token=ada.token, headers={}, expecting=401)

        assert answer.json["error"] == "invalid_client"
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="rollbook"'

    def test_two_methods_are_rejected(self, gateway, ada):
        members = {"client_id": gateway.id, "client_secret": gateway.secret}
        for headers in (gateway.basic, ada.headers):
            answer = gateway.ask(INTROSPECT, token="x", headers=headers, expecting=400, **members)
            assert answer.json["error"] == "invalid_request"

    def test_failed_authentications_are_limited_before_they_are_recorded(
        self, build, gateway, recorded
    ):
        app = build(limit_tokens_per_address="2 per day", limits_enabled=True)
        gateway.client = app.test_client()
        headers = {"Authorization": "Basic eDp5"}
        statuses = [
            gateway.ask(INTROSPECT, token="x", headers=headers, expecting=None).status_code
            for _ in range(4)
        ]

        assert statuses == [401, 401, 429, 429]
        assert recorded() == ["client.authentication_failed"] * 2
        gateway.ask(INTROSPECT, token="x")  # a client that authenticates is not affected

    def test_F_14_a_limit_is_checked_before_the_signature_of_an_assertion(
        self, build, gateway, monkeypatch
    ):
        gateway.client = build(
            limit_tokens_per_address="2 per day", limits_enabled=True
        ).test_client()
        verified = []

        def verify(*given, **also):
            verified.append(given)
            return real_verify(*given, **also)

        real_verify = assertions.verify
        monkeypatch.setattr(assertions, "verify", verify)
        members = {"client_assertion_type": ASSERTION_TYPE, "token": "x"}
        statuses = [
            gateway.ask(
                INTROSPECT,
                headers={},
                expecting=None,
                client_assertion=gateway.sign(aud="https://elsewhere.example"),
                **members,
            ).status_code
            for _ in range(4)
        ]

        assert statuses == [401, 401, 429, 429]
        assert len(verified) == 2

    def test_the_former_operations_answer_about_such_tokens_as_well(self, gateway, shop):
        headers = {"Authorization": f"Bearer {gateway.issue()}"}
        token = shop.issue()

        assert gateway.ask("/api/introspect", token=token, headers=headers).json["sub"] == shop.id
        gateway.ask("/api/revoke", token=token, headers=headers)
        assert gateway.ask("/api/introspect", token=token, headers=headers).json == NOT_ACTIVE


class TestRevocation:
    def test_a_client_revokes_its_own_token_and_no_other(self, app, shop):
        token, other = shop.issue(), shop.issue()

        for _ in range(2):
            shop.ask(REVOKE, token=token)

        shop.get("/api/users", token, expecting=401)
        shop.get("/api/users", other)
        with app.app_context():
            revoked = select(AuditEvent).where(AuditEvent.event == "token.revoked")
            [event] = db.session.scalars(revoked)
        assert str(event.subject_id) == str(event.actor_id) == shop.id
        assert event.details.keys() == {"token", "client_credential"}

    def test_a_client_without_the_permission_revokes_no_other_token(self, shop, ada):
        answer = shop.ask(REVOKE, token=ada.token, expecting=403)

        assert answer.json["error"] == "insufficient_scope"
        ada.get("/api/me")

    def test_without_the_permission_a_revoked_token_of_others_has_the_same_response(
        self, make_client, shop, ada
    ):
        other = make_client()
        revoked = other.issue()
        other.ask(REVOKE, token=revoked)
        ada.post("/api/logout", expecting=204)

        shop.ask(REVOKE, token=revoked, expecting=403)
        shop.ask(REVOKE, token=ada.token, expecting=403)

    def test_with_the_permission_every_token_is_revoked(self, gateway, shop, ada):
        token = shop.issue()
        gateway.ask(REVOKE, token=token)
        gateway.ask(REVOKE, token=ada.refresh_token, token_type_hint="x")

        shop.get("/api/users", token, expecting=401)
        ada.get("/api/me", expecting=401)

    def test_a_user_revokes_the_own_session(self, gateway, ada):
        gateway.ask(REVOKE, token=ada.refresh_token, headers=ada.headers)

        ada.get("/api/me", expecting=401)

    def test_what_is_no_token_is_ignored(self, shop):
        for token in ("x", "a.b.c"):
            assert shop.ask(REVOKE, token=token).data == b""


class TestPurge:
    def test_what_has_expired_is_purged_and_nothing_else(self, app, shop, monkeypatch):
        shop.ask(REVOKE, token=shop.issue())
        shop.request_token_with(shop.sign())
        with app.app_context():
            assert client_tokens.purge() == 0
            stored = [db.session.query(table).one() for table in (RevokedToken, UsedAssertion)]
            later = max(row.expires_at for row in stored).replace(year=2100)
            monkeypatch.setattr("api.core.clock.now", lambda: later)

            assert client_tokens.purge() == 2
            assert db.session.query(RevokedToken).count() == 0


class TestApiKeys:
    @pytest.fixture
    def make_key(self, app):
        """Return a function that saves an API key of a service account or a user."""

        def make(**values):
            key = make_secret("rb_live_")
            values = {"name": "Key", "scopes": ["users:read"], "last4": key[-4:], **values}
            with app.app_context(), transaction():
                db.session.add(ApiKey(digest=make_digest(key), **values))
            return key

        return make

    def test_a_key_of_a_service_account_is_described(self, introspect, shop, make_key):
        key = make_key(service_account_id=UUID(shop.id))

        assert introspect(key) == {
            "active": True,
            "token_use": "api_key",
            "client_id": shop.id,
            "sub": shop.id,
            "scope": "users:read",
        }

    def test_a_key_of_a_user_is_described(self, introspect, ada, make_key):
        expires_at = clock.now() + timedelta(days=1)
        answer = introspect(make_key(user_id=UUID(ada.id), expires_at=expires_at))

        assert (answer["sub"], answer["username"]) == (ada.id, "Ada")
        assert answer["exp"] == int(expires_at.timestamp())
        assert "client_id" not in answer

    def test_the_last_microsecond_of_9999_is_no_second_of_10000(self, introspect, shop, make_key):
        expires_at = datetime.max.replace(tzinfo=UTC)

        answer = introspect(make_key(service_account_id=UUID(shop.id), expires_at=expires_at))

        assert answer["exp"] == 253_402_300_799

    def test_an_expired_key_is_not_active(self, introspect, shop, make_key):
        key = make_key(service_account_id=UUID(shop.id), expires_at=clock.now())

        assert introspect(key) == NOT_ACTIVE

    def test_a_revoked_key_is_not_active(self, introspect, shop, make_key, recorded):
        key = make_key(service_account_id=UUID(shop.id))
        for _ in range(2):
            shop.ask(REVOKE, token=key)

        assert introspect(key) == NOT_ACTIVE
        assert recorded() == ["api_key.revoked"]

    def test_a_user_revokes_the_own_key(self, gateway, introspect, ada, make_key, recorded):
        key = make_key(user_id=UUID(ada.id))

        gateway.ask(REVOKE, token=key, headers=ada.headers)

        assert introspect(key) == NOT_ACTIVE
        assert recorded().count("api_key.revoked") == 1

    @pytest.mark.parametrize("path", [REVOKE, "/api/revoke"])
    def test_with_the_permission_a_key_of_others_is_revoked(
        self, gateway, introspect, shop, ada, make_key, path
    ):
        headers = {"Authorization": f"Bearer {gateway.issue()}"}
        for owner in ({"user_id": UUID(ada.id)}, {"service_account_id": UUID(shop.id)}):
            key = make_key(**owner)
            gateway.ask(path, token=key, headers=headers, expecting=None)

            assert introspect(key) == NOT_ACTIVE
            again = gateway.ask(path, token=key, headers=headers, expecting=None)
            assert again.status_code < 300

    def test_a_key_of_others_needs_the_permissions(self, shop, ada, make_key):
        key = make_key(user_id=UUID(ada.id))

        assert shop.ask(INTROSPECT, token=key).json == NOT_ACTIVE
        assert shop.ask(REVOKE, token=key, expecting=403).json["error"] == "insufficient_scope"

    def test_a_program_asks_with_its_key(self, gateway, ada, make_key):
        scopes = ["tokens:introspect"]
        key = make_key(service_account_id=UUID(gateway.id), scopes=scopes)
        headers = {"Authorization": f"Bearer {key}"}

        assert gateway.ask(INTROSPECT, token=ada.token, headers=headers).json["active"] is True

    def test_a_key_without_scopes_asks_about_its_owner_only(self, gateway, shop, ada, make_key):
        headers = {"Authorization": f"Bearer {make_key(user_id=UUID(ada.id), scopes=[])}"}

        assert gateway.ask(INTROSPECT, token=ada.token, headers=headers).json["active"] is True
        assert gateway.ask(INTROSPECT, token=shop.issue(), headers=headers).json == NOT_ACTIVE
        gateway.ask(REVOKE, token=shop.issue(), headers=headers, expecting=403)

    def test_a_key_without_scopes_ends_a_session_of_its_owner(self, gateway, ada, make_key):
        headers = {"Authorization": f"Bearer {make_key(user_id=UUID(ada.id), scopes=[])}"}

        gateway.ask(REVOKE, token=ada.token, headers=headers)

        ada.get("/api/me", expecting=401)

    def test_a_key_without_scopes_revokes_itself(self, gateway, introspect, ada, make_key):
        key = make_key(user_id=UUID(ada.id), scopes=[])

        gateway.ask(REVOKE, token=key, headers={"Authorization": f"Bearer {key}"})

        assert introspect(key) == NOT_ACTIVE
