"""The token endpoint over HTTP: client authentication, scopes, resources and errors."""

from base64 import b64encode
from datetime import timedelta
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import event as hooks
from sqlalchemy import select

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, transaction
from api.core.permissions import Permission
from api.core.principal import OPERATOR
from api.core.program_secrets import make_digest
from api.oauth.assertions import ASSERTION_TYPE
from api.roles.models import ServiceAccountRole
from api.service_accounts import service as service_accounts
from api.service_accounts.models import ClientCredential, ServiceAccount
from tests.oauth_clients import ISSUER

READ, WRITE = Permission.USERS_READ, Permission.USERS_WRITE
SHOP = "https://shop.example"


@pytest.fixture
def shop(make_client):
    return make_client(READ, WRITE)


def decode(token):
    return jwt.decode(token, options={"verify_signature": False})


def test_a_method_that_a_path_does_not_have_is_an_error_of_oauth(client):
    answer = client.get("/oauth/token")

    assert (answer.status_code, answer.json["error"]) == (405, "invalid_request")
    assert answer.json.keys() == {"error", "error_description"}
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


class TestClientAuthentication:
    def test_a_secret_in_the_header_gets_a_token(self, shop):
        answer = shop.request_token()

        assert answer.json.keys() == {"access_token", "token_type", "expires_in", "scope"}
        assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Pragma"] == "no-cache"

    def test_a_secret_in_the_form_gets_a_token(self, shop):
        shop.request_token(headers={}, client_id=shop.id, client_secret=shop.secret)

    @pytest.mark.parametrize("audience", [ISSUER, f"{ISSUER}/oauth/token", [ISSUER]])
    def test_an_assertion_gets_a_token(self, shop, audience):
        shop.request_token_with(shop.sign(aud=audience))

    @pytest.mark.parametrize(
        "private_key",
        [
            pytest.param(ec.generate_private_key(ec.SECP256R1()), id="ES256"),
            pytest.param(rsa.generate_private_key(65_537, 2048), id="RS256"),
            pytest.param(Ed25519PrivateKey.generate(), id="EdDSA"),
        ],
    )
    def test_each_kind_of_key_signs_assertions(self, make_client, private_key):
        client = make_client(READ, private_key=private_key)

        assert client.request_token_with(client.sign()).json["scope"] == READ

    def test_the_header_is_form_encoded_before_it_is_base64(self, shop):
        pair = f"{shop.id.replace('-', '%2D')}:{shop.secret.replace('_', '%5F')}"
        encoded = b64encode(pair.encode()).decode()

        shop.request_token(headers={"Authorization": f"basic {encoded}"})

    def test_an_empty_member_counts_as_missing(self, shop):
        shop.request_token(client_id="", client_secret="", client_assertion="", scope="")

    def test_more_than_one_method_is_rejected(self, shop):
        other = {"client_id": shop.id, "client_secret": shop.secret}
        signed = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": shop.sign()}
        for members in (other, signed):
            answer = shop.request_token(expecting=400, **members)
            assert answer.json["error"] == "invalid_request"
        answer = shop.request_token(headers={}, expecting=400, **other, **signed)
        assert answer.json["error"] == "invalid_request"

    def test_another_client_id_in_the_form_is_rejected(self, shop, make_client):
        answer = shop.request_token(client_id=make_client().id, expecting=400)

        assert answer.json["error"] == "invalid_request"

    def test_every_failure_has_one_text_and_names_the_scheme(self, shop, make_client):
        other = make_client()
        expired = make_client()
        expired.change_credential(expired.secret_id, expires_at=clock.now())
        suspended = make_client()
        suspended.change(status="suspended")
        wrong = [
            {"client_id": shop.id, "client_secret": other.secret},
            {"client_id": shop.id, "client_secret": "x"},
            {"client_id": "x", "client_secret": shop.secret},
            {"client_id": shop.id.upper(), "client_secret": shop.secret},
            {"client_id": expired.id, "client_secret": expired.secret},
            {"client_id": suspended.id, "client_secret": suspended.secret},
            {"client_id": shop.id},
            {},
        ]
        answers = [shop.request_token(headers={}, expecting=401, **each) for each in wrong]
        for header in ("Basic", "Basic x", "Basic !!", "Basic eDp5", "Bearer x", "Basic 4pi6"):
            headers = {"Authorization": header}
            answers.append(shop.request_token(headers=headers, expecting=401))

        assert {answer.text for answer in answers} == {answers[0].text}
        assert answers[0].json["error"] == "invalid_client"
        for answer in answers:
            assert answer.headers["WWW-Authenticate"] == 'Basic realm="rollbook"'
            assert answer.headers["Content-Type"] == "application/json"

    def test_an_access_token_gets_no_other_access_token(self, shop):
        headers = {"Authorization": f"Bearer {shop.issue()}"}

        assert shop.request_token(headers=headers, expecting=401).json["error"] == "invalid_client"

    def test_a_session_gets_no_token_here(self, shop, administrator):
        shop.request_token(headers=administrator.headers, expecting=401)


class TestRequests:
    def test_only_client_credentials_is_a_grant_type(self, shop):
        for grant_type in ("password", "authorization_code", "refresh_token", "x"):
            answer = shop.request_token(grant_type=grant_type, expecting=400)
            assert answer.json["error"] == "unsupported_grant_type"

    def test_a_missing_grant_type_is_an_invalid_request(self, shop):
        answer = shop.ask("/oauth/token", expecting=400, scope=READ)

        assert answer.json == {
            "error": "invalid_request",
            "error_description": "grant_type is required",
        }

    def test_an_unknown_member_is_ignored(self, shop):
        shop.request_token(audience="x", expires_in="99999999")

    def test_a_repeated_member_is_rejected(self, shop):
        for name in ("scope", "grant_type", "x"):
            answer = shop.request_token(expecting=400, **{name: [READ, READ]})
            assert answer.json["error"] == "invalid_request"

    def test_the_rules_of_http_are_answered_in_the_same_form(self, shop):
        answer = shop.client.post("/oauth/token", json={}, headers=shop.basic)

        assert (answer.status_code, answer.json["error"]) == (415, "invalid_request")

    def test_a_description_has_only_the_characters_of_rfc_6749(self, shop):
        answer = shop.request_token(scope="é" * 5000, expecting=400)

        assert set(answer.json["error_description"]) <= set(map(chr, range(0x20, 0x7F))) - {
            '"',
            "\\",
        }

    def test_requests_are_limited_per_address(self, build, make_client):
        app = build(limit_tokens_per_address="2 per day", limits_enabled=True)
        shop = make_client(READ)
        shop.client = app.test_client()
        shop.request_token()
        shop.request_token(client_id="x", expecting=400)
        answer = shop.request_token(expecting=429)

        assert answer.json["error"] == "temporarily_unavailable"
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Content-Type"] == "application/json"


class TestScopes:
    def test_without_a_scope_the_token_has_all_permissions(self, shop):
        answer = shop.request_token()

        assert answer.json["scope"] == "users:read users:write"
        assert decode(answer.json["access_token"])["scope"] == "users:read users:write"

    def test_a_token_carries_what_was_requested(self, shop):
        answer = shop.request_token(scope="users:read")

        assert answer.json["scope"] == "users:read"

    @pytest.mark.parametrize(
        "scope",
        [
            "users:read\u2003users:write",
            "users:read\u00a0",
            "users:read  users:write",
            " ",
            "   ",
        ],
    )
    def test_what_breaks_the_syntax_of_a_scope_is_an_invalid_scope(self, shop, scope):
        assert shop.request_token(scope=scope, expecting=400).json["error"] == "invalid_scope"

    @pytest.mark.parametrize("scope", ["audit:read", "users:read audit:read", "openid", "*"])
    def test_what_the_account_lacks_is_an_invalid_scope(self, shop, scope):
        assert shop.request_token(scope=scope, expecting=400).json["error"] == "invalid_scope"

    def test_an_account_without_permissions_gets_a_token_without_a_scope(self, make_client):
        assert "scope" not in make_client().request_token().json


class TestResources:
    @pytest.fixture
    def shop(self, build, shop):
        app = build(oauth_resources=f"{SHOP},https://till.example")
        shop.app, shop.client = app, app.test_client()
        return shop

    def test_by_default_a_token_is_for_this_api(self, shop):
        assert decode(shop.issue())["aud"] == "rollbook"

    def test_a_token_for_another_service_is_rejected_here(self, shop):
        token = shop.issue(resource=SHOP)

        assert decode(token)["aud"] == SHOP
        shop.get("/api/users", token, expecting=401)

    def test_a_token_can_be_for_several_services(self, shop):
        till = "https://till.example"

        assert decode(shop.issue(resource=[SHOP, till]))["aud"] == [SHOP, till]

    def test_a_token_for_this_api_is_for_no_other_service(self, shop):
        answer = shop.request_token(resource=[SHOP, ISSUER], expecting=400)

        assert answer.json["error"] == "invalid_target"

    @pytest.mark.parametrize("resource", ["https://evil.example", "x", "rollbook", f"{SHOP}/x"])
    def test_an_unknown_resource_is_an_invalid_target(self, shop, resource):
        answer = shop.request_token(resource=[SHOP, resource], expecting=400)

        assert answer.json["error"] == "invalid_target"

    def test_a_slash_at_the_end_makes_no_difference(self, shop):
        assert decode(shop.issue(resource=f"{SHOP}/"))["aud"] == SHOP


class TestTokens:
    def test_C_06_the_claims_are_those_of_rfc_9068(self, shop):
        claims = decode(shop.issue(scope="users:read"))

        assert claims["sub"] == claims["client_id"] == shop.id
        assert claims["typ"] == "client"
        assert claims["credential"] == shop.secret_id
        assert claims["roles"] == [f"of-{shop.id}"]
        assert claims["exp"] - claims["iat"] == 900
        assert "sid" not in claims

    def test_a_token_is_accepted_by_the_api(self, shop):
        assert shop.get("/api/users", shop.issue()).json["items"] == []

    def test_a_token_has_no_permission_beyond_its_scope(self, make_client):
        client = make_client(READ, Permission.AUDIT_READ)
        token = client.issue(scope="audit:read")
        client.get("/api/audit-events", token)

        answer = client.get("/api/users", token, expecting=403)

        assert answer.headers["WWW-Authenticate"] == (
            'Bearer error="insufficient_scope", scope="users:read"'
        )

    def test_a_token_loses_what_the_account_loses(self, shop):
        token = shop.issue()
        shop.get("/api/users", token)
        shop.set_permissions(WRITE)

        shop.get("/api/users", token, expecting=403)

    def test_a_token_does_not_gain_what_the_account_gains(self, make_client):
        client = make_client(READ)
        token = client.issue()
        client.set_permissions(READ, Permission.AUDIT_READ)

        client.get("/api/audit-events", token, expecting=403)

    def test_a_deleted_credential_ends_its_tokens_and_no_others(self, shop):
        by_secret = shop.issue()
        by_key = shop.request_token_with(shop.sign()).json["access_token"]
        shop.delete_credential(shop.secret_id)

        shop.get("/api/users", by_secret, expecting=401)
        shop.get("/api/users", by_key)

    def test_A_08_a_token_of_a_deleted_account_is_none_of_a_later_one_with_its_id(self, app, shop):
        token, account_id = shop.issue(), UUID(shop.id)
        with app.app_context(), transaction():
            service_accounts.delete(account_id, by=OPERATOR)
        with app.app_context(), transaction():  # which no operation of the service does
            db.session.add(ServiceAccount(id=account_id, name="Later"))
            db.session.flush()
            role = ServiceAccountRole(service_account_id=account_id, role=f"of-{account_id}")
            secret = {"digest": make_digest(shop.secret), "last4": shop.secret[-4:]}
            credential = ClientCredential(
                service_account_id=account_id, kind="client_secret", name="secret", **secret
            )
            db.session.add_all([role, credential])

        shop.get("/api/users", token, expecting=401)
        shop.get("/api/users", shop.issue())

    def test_an_expired_credential_ends_its_tokens(self, shop):
        token = shop.issue()
        shop.change_credential(shop.secret_id, expires_at=clock.now() - timedelta(seconds=1))

        shop.get("/api/users", token, expecting=401)

    def test_a_suspended_account_has_no_valid_tokens(self, shop):
        token = shop.issue()
        shop.change(status="suspended")

        answer = shop.get("/api/users", token, expecting=401)

        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


class TestRecords:
    def find_events(self, app):
        with app.app_context():
            return list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))

    def test_an_issued_token_is_recorded_without_the_token(self, app, shop):
        token = shop.issue(scope="users:read")

        (event,) = self.find_events(app)
        assert event.event == "token.issued"
        assert str(event.subject_id) == str(event.actor_id) == shop.id
        assert event.details == {"client_credential": shop.secret_id, "scopes": ["users:read"]}
        assert token not in str(vars(event))

    def test_a_failure_is_recorded_with_its_reason(self, app, shop):
        shop.change(status="suspended")
        shop.request_token(expecting=401)
        shop.request_token(headers={}, client_id="x", client_secret=shop.secret, expecting=401)

        suspended, unknown = self.find_events(app)
        assert suspended.event == unknown.event == "client.authentication_failed"
        assert str(suspended.subject_id) == shop.id
        assert suspended.details == {"kind": "client_secret", "reason": "suspended"}
        assert (unknown.subject_id, unknown.details["reason"]) == (None, "credential")

    def test_a_credential_that_is_deleted_during_the_request_is_no_fault_of_the_service(
        self, app, shop
    ):
        def delete_elsewhere(connection, _cursor, statement, *_):
            if statement.startswith("UPDATE client_credentials"):
                connection.exec_driver_sql("DELETE FROM client_credentials")

        with app.app_context():
            engine = db.engine
        hooks.listen(engine, "before_cursor_execute", delete_elsewhere)
        try:
            answer = shop.request_token(expecting=None)
        finally:
            hooks.remove(engine, "before_cursor_execute", delete_elsewhere)

        assert answer.status_code in {200, 401}
        if answer.status_code == 200:  # the token is void all the same
            shop.get("/api/me", answer.json["access_token"], expecting=401)

    def test_the_last_use_is_recorded_once_a_minute(self, app, shop):
        def last_use():
            with app.app_context():
                statement = select(ClientCredential.last_used_at)
                return db.session.scalar(statement.where(ClientCredential.kind == "client_secret"))

        shop.issue()
        first = last_use()
        shop.issue()
        assert last_use() == first
        shop.change_credential(shop.secret_id, last_used_at=first - timedelta(seconds=61))
        shop.issue()
        assert last_use() > first
