"""What services are told of tokens, and what becomes of those that they make void."""

import pytest

from tests.support import anonymous

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def ada(person):
    return person("Ada")


@pytest.fixture
def gateway(person, administrator):
    """A service that is shown tokens, with a role for that."""
    permissions = ["tokens:introspect", "tokens:revoke"]
    role = {"name": "gateway", "description": "Gateways", "permissions": permissions}
    administrator.post("/api/roles", role)
    return person("Gateway", role="gateway")


@pytest.fixture
def told(gateway):
    """What it is told of a token."""
    return lambda token: gateway.post("/api/introspect", {"token": token}, expecting=200).json


def revoke(gateway, token):
    return gateway.post("/api/revoke", {"token": token}, expecting=200)


class TestIntrospection:
    def test_of_an_access_token_tells_whose_it_is_and_what_it_is_good_for(self, told, ada):
        answer = told(ada.token)

        assert answer["active"] is True
        assert answer["token_type"] == "access_token"
        assert (answer["sub"], answer["sid"]) == (ada.id, ada.session_id)
        assert (answer["username"], answer["roles"], answer["scope"]) == ("Ada", ["user"], "")
        assert answer["aud"] == "rollbook"
        assert answer["exp"] - answer["iat"] == 900

    def test_of_a_refresh_token_too(self, told, ada):
        answer = told(ada.refresh_token)

        assert (answer["active"], answer["token_type"]) == (True, "refresh_token")
        assert (answer["sub"], answer["sid"]) == (ada.id, ada.session_id)

    def test_of_an_administrator_tells_all_that_they_may(self, told, administrator):
        assert "users:write" in told(administrator.token)["scope"].split()

    @pytest.mark.parametrize("token", ["x", "a.b.c", "é", "Bearer x", "0" * 4096])
    def test_of_what_is_none_tells_nothing_else(self, told, token):
        assert told(token) == {"active": False}

    def test_of_a_token_whose_session_has_ended_tells_nothing_else(self, told, ada):
        ada.post("/api/logout", expecting=204)

        assert told(ada.token) == told(ada.refresh_token) == {"active": False}

    def test_of_a_token_of_who_is_suspended_tells_nothing_else(self, told, ada, administrator):
        administrator.patch(f"/api/users/{ada.id}", {"status": "suspended"})

        assert told(ada.token) == {"active": False}

    def test_of_a_refresh_token_that_is_spent_tells_nothing_else_and_ends_nothing(self, told, ada):
        body = {"refresh_token": ada.refresh_token}
        newest = anonymous(ada.client).post("/api/refresh", body, expecting=200).json

        assert told(ada.refresh_token) == {"active": False}
        assert told(newest["refresh_token"])["active"] is True

    def test_does_not_exchange_what_it_looks_at(self, told, ada):
        assert told(ada.refresh_token) == told(ada.refresh_token)

    def test_takes_a_form_as_the_standard_has_it(self, gateway, ada):
        answer = gateway.post(
            "/api/introspect",
            data=f"token={ada.token}&token_type_hint=access_token",
            headers={"Content-Type": FORM},
            expecting=200,
        )

        assert answer.json["active"] is True

    @pytest.mark.parametrize(
        ("form", "status"),
        [
            ("", 422),
            ("token=a&token=b", 400),
            ("token=%ff", 400),
            ("token=é", 400),
            ("token", 400),
            ("token=", 422),
            ("token=a&other=b", 422),
            ("token=%00", 422),
        ],
    )
    def test_takes_no_form_that_is_none(self, gateway, form, status):
        headers = {"Content-Type": FORM}
        gateway.post("/api/introspect", data=form.encode(), headers=headers, expecting=status)

    @pytest.mark.parametrize("path", ["/api/introspect", "/api/revoke"])
    def test_A_03_is_not_for_everybody(self, ada, path):
        assert (
            ada.post(path, {"token": ada.token}, expecting=403)
            .json["permission"]
            .startswith("tokens:")
        )


class TestRevocation:
    @pytest.mark.parametrize("which", ["token", "refresh_token"])
    def test_of_either_token_ends_the_session(self, gateway, ada, which, recorded):
        revoke(gateway, getattr(ada, which))

        ada.get("/api/me", expecting=401)
        body = {"refresh_token": ada.refresh_token}
        anonymous(ada.client).post("/api/refresh", body, expecting=401)
        assert recorded()[-1] == "session.ended"

    @pytest.mark.parametrize("token", ["x", "a.b.c", "0" * 100])
    def test_of_what_is_none_is_answered_alike(self, gateway, token):
        assert revoke(gateway, token).data == b""

    def test_twice_is_answered_alike_and_recorded_once(self, gateway, ada, recorded):
        revoke(gateway, ada.token)
        revoke(gateway, ada.token)

        assert recorded().count("session.ended") == 1
