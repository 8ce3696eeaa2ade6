"""Introspecting and revoking tokens over HTTP."""

import pytest

from api.introspection import schemas
from api.introspection.service import Introspection
from tests.support import anonymous

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def ada(person):
    return person("Ada")


@pytest.fixture
def gateway(person, administrator):
    """A service with the permissions to introspect and revoke tokens."""
    permissions = ["tokens:introspect", "tokens:revoke"]
    role = {"name": "gateway", "description": "Gateways", "permissions": permissions}
    administrator.post("/api/roles", role)
    return person("Gateway", role="gateway")


@pytest.fixture
def introspect(gateway):
    """Return a function that introspects a token."""
    return lambda token: gateway.post_form("/api/introspect", token=token).json


def revoke(gateway, token):
    return gateway.post_form("/api/revoke", token=token)


class TestIntrospection:
    def test_an_access_token_has_user_session_roles_and_expiry(self, introspect, ada):
        answer = introspect(ada.token)

        assert answer["active"] is True
        assert answer["token_use"] == "access_token"
        assert (answer["sub"], answer["sid"]) == (ada.id, ada.session_id)
        assert (answer["username"], answer["roles"]) == ("Ada", ["user"])
        assert "scope" not in answer  # a user without permissions (RFC 6749, 3.3)
        assert answer["aud"] == "rollbook"
        assert answer["exp"] - answer["iat"] == 900

    def test_a_refresh_token_has_user_and_session(self, introspect, ada):
        answer = introspect(ada.refresh_token)

        assert (answer["active"], answer["token_use"]) == (True, "refresh_token")
        assert (answer["sub"], answer["sid"]) == (ada.id, ada.session_id)

    def test_the_scope_is_the_permissions_of_the_user(self, introspect, administrator):
        assert "users:write" in introspect(administrator.token)["scope"].split()

    @pytest.mark.parametrize("token", ["x", "a.b.c", "é", "Bearer x", "0" * 4096])
    def test_an_invalid_token_is_not_active(self, introspect, token):
        assert introspect(token) == {"active": False}

    def test_a_token_of_an_ended_session_is_not_active(self, introspect, ada):
        ada.post("/api/logout", expecting=204)

        assert introspect(ada.token) == introspect(ada.refresh_token) == {"active": False}

    def test_a_token_of_a_suspended_user_is_not_active(self, introspect, ada, administrator):
        administrator.patch(f"/api/users/{ada.id}", {"status": "suspended"})

        assert introspect(ada.token) == {"active": False}

    def test_a_used_refresh_token_is_not_active_and_does_not_end_the_session(self, introspect, ada):
        body = {"refresh_token": ada.refresh_token}
        newest = anonymous(ada.client).post("/api/refresh", body, expecting=200).json

        assert introspect(ada.refresh_token) == {"active": False}
        assert introspect(newest["refresh_token"])["active"] is True

    def test_introspection_does_not_exchange_a_refresh_token(self, introspect, ada):
        assert introspect(ada.refresh_token) == introspect(ada.refresh_token)

    def test_C_06_the_client_of_a_user_is_rollbook(self, introspect, ada):
        for token in (ada.token, ada.refresh_token):
            assert introspect(token)["client_id"] == "rollbook"

    def test_C_08_the_type_is_that_of_rfc_6749_and_only_access_tokens_have_one(
        self, introspect, ada
    ):
        assert introspect(ada.token)["token_type"] == "Bearer"
        assert "token_type" not in introspect(ada.refresh_token)

    def test_C_15_each_member_of_the_model_is_one_of_the_response(self, introspect, administrator):
        assert introspect(administrator.token).keys() == schemas.introspection.keys()
        assert set(Introspection._fields) == schemas.introspection.keys()

    @pytest.mark.parametrize("path", ["/api/introspect", "/api/revoke"])
    def test_C_03_a_body_in_json_is_rejected(self, gateway, ada, path):
        problem = gateway.post(path, {"token": ada.token}, expecting=415).json

        assert problem["error"] == "unsupported_media_type"
        ada.get("/api/me", expecting=200)

    @pytest.mark.parametrize("path", ["/api/introspect", "/api/revoke"])
    def test_C_08_unknown_members_of_the_form_are_ignored(self, gateway, ada, path):
        gateway.post_form(path, token=ada.token, token_type_hint="id_token", resource="x")

        ada.get("/api/me", expecting=200 if path == "/api/introspect" else 401)

    @pytest.mark.parametrize(
        ("form", "status"),
        [
            ("", 422),
            ("token=a&token=b", 400),
            ("token=%ff", 400),
            ("token=é", 400),
            ("token", 422),
            ("token=", 422),
            ("other=b", 422),
            ("token=a&other=b&other=c", 400),
            ("token=%00", 422),
        ],
    )
    def test_a_malformed_form_is_rejected(self, gateway, form, status):
        headers = {"Content-Type": FORM}
        gateway.post("/api/introspect", data=form.encode(), headers=headers, expecting=status)

    @pytest.mark.parametrize("path", ["/api/introspect", "/api/revoke"])
    def test_A_03_both_operations_require_a_permission(self, ada, path):
        problem = ada.post(path, {"token": ada.token}, expecting=403).json

        assert problem["permission"] == path.replace("/api/", "tokens:")


class TestRevocation:
    @pytest.mark.parametrize("name", ["token", "refresh_token"])
    def test_revoking_either_token_ends_the_session(self, gateway, ada, name, recorded):
        revoke(gateway, getattr(ada, name))

        ada.get("/api/me", expecting=401)
        body = {"refresh_token": ada.refresh_token}
        anonymous(ada.client).post("/api/refresh", body, expecting=401)
        assert recorded()[-1] == "session.ended"

    @pytest.mark.parametrize("token", ["x", "a.b.c", "0" * 100])
    def test_an_invalid_token_has_the_same_response(self, gateway, token):
        assert revoke(gateway, token).data == b""

    def test_revoking_a_token_twice_is_recorded_once(self, gateway, ada, recorded):
        revoke(gateway, ada.token)
        revoke(gateway, ada.token)

        assert recorded().count("session.ended") == 1
