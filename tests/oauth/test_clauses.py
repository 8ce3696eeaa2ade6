"""Clauses of the standards that libraries rely on, and that have no other test."""

import jwt
import pytest

from api.core.permissions import Permission
from api.oauth.assertions import ASSERTION_TYPE
from tests.oauth_clients import FORM, ISSUER

INTROSPECT, REVOKE = "/oauth/introspect", "/oauth/revoke"
ENDPOINTS = [f"{ISSUER}{path}" for path in ("/oauth/token", INTROSPECT, REVOKE)]


@pytest.fixture
def shop(make_client):
    return make_client(Permission.USERS_READ, Permission.TOKENS_INTROSPECT)


@pytest.fixture
def post(shop):
    """Return a function that sends a body to a path as it is."""

    def send(path, body, expecting):
        headers = {"Content-Type": FORM, **shop.basic}
        answer = shop.client.post(path, data=body, headers=headers)
        assert answer.status_code == expecting, answer.text
        return answer

    return send


class TestForms:
    """RFC 6749, 3.2: a parameter without a value is treated as if it was omitted."""

    def test_an_empty_grant_type_is_missing(self, post):
        assert post("/oauth/token", "grant_type=", 400).json["error"] == "invalid_request"

    @pytest.mark.parametrize("more", ["&scope=", "&scope", "&", "&&resource="])
    def test_other_parameters_without_a_value_are_ignored(self, post, more):
        answer = post("/oauth/token", f"grant_type=client_credentials{more}", 200)

        assert answer.json["scope"] == "tokens:introspect users:read"

    def test_no_parameter_is_read_from_the_url(self, shop):
        """RFC 6749, 2.3.1: client credentials must not be in it."""
        path = f"/oauth/token?client_id={shop.id}&client_secret={shop.secret}"
        answer = shop.client.post(
            path, data="grant_type=client_credentials", headers={"Content-Type": FORM}
        )

        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
        assert shop.secret not in answer.text


class TestLongTokens:
    """RFC 7662, 2.2, and RFC 7009, 2.2: what is no token is no error."""

    @pytest.mark.parametrize("length", [4097, 60_000])
    def test_a_long_text_is_no_valid_token(self, post, length):
        assert post(INTROSPECT, f"token={'x' * length}", 200).json == {"active": False}
        assert post(REVOKE, f"token={'x' * length}", 200).data == b""

    def test_a_token_for_services_with_long_urls_is_described(self, build, shop):
        urls = [f"https://{number}.example/{'x' * 1000}" for number in range(5)]
        shop.client = build(oauth_resources=",".join(urls)).test_client()
        token = shop.issue(resource=urls)

        assert len(token) > 4096
        assert shop.ask(INTROSPECT, token=token).json["aud"] == urls


@pytest.mark.parametrize("form", [" {}", "  {}", "{} ", "Bearer {}", "{}=", "{}.x"])
def test_a_token_with_more_around_it_is_no_token(shop, form):
    token = shop.issue()

    assert shop.ask(INTROSPECT, token=form.format(token)).json == {"active": False}
    shop.ask(REVOKE, token=form.format(token))
    assert shop.ask(INTROSPECT, token=token).json["active"] is True


class TestMissingAuthentication:
    """RFC 6749, 5.2: no client authentication is invalid_client, and 401 names a scheme."""

    @pytest.mark.parametrize("path", [INTROSPECT, REVOKE, "/oauth/token"])
    @pytest.mark.parametrize("header", [None, "Digest x", "Bearer"], ids=str)
    def test_a_request_without_it_is_an_invalid_client(self, shop, path, header):
        headers = {"Authorization": header} if header else {}
        members = {"token": "x", "grant_type": "client_credentials"}
        for client in ({}, {"client_id": shop.id}):
            answer = shop.ask(path, headers=headers, expecting=401, **members, **client)
            assert answer.json["error"] == "invalid_client"
            assert answer.headers["WWW-Authenticate"] == 'Basic realm="rollbook"'


class TestAudiencesOfAssertions:
    """RFC 7523, 3: libraries name the issuer, the token endpoint, both, or what they call."""

    @pytest.mark.parametrize(
        "audience",
        [*ENDPOINTS, [ISSUER, ENDPOINTS[0]], [*ENDPOINTS]],
        ids=["token", "introspect", "revoke", "issuer and token", "every endpoint"],
    )
    def test_each_name_of_this_server_is_accepted(self, shop, audience):
        signed = {"client_assertion_type": ASSERTION_TYPE}
        signed["client_assertion"] = shop.sign(aud=audience)

        assert shop.ask(INTROSPECT, token=shop.issue(), headers={}, **signed).json["active"]


class TestScopes:
    """RFC 6749, 3.3: a scope has at least one token, so that no scope is no member."""

    def test_a_token_without_permissions_has_no_scope(self, make_client):
        empty = make_client()
        token = empty.issue()

        assert "scope" not in jwt.decode(token, options={"verify_signature": False})
        described = empty.ask(INTROSPECT, token=token).json
        assert described["active"] is True
        assert "scope" not in described
        empty.get("/api/users", token, expecting=403)
