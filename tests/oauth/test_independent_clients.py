"""Clients that others have written, unmodified, against a service on a socket: C-06, C-07."""

import json
import subprocess
from pathlib import Path

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6750.errors import InvalidTokenError
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from joserfc.jwk import ECKey

from api.core.permissions import Permission
from tests import node
from tests.oauth_clients import make_service_client

PROGRAM = Path(__file__).parent / "programs" / "client.mjs"
SCOPE = "users:read"


@pytest.fixture
def shop(service):
    local = service.local_service
    permissions = (Permission.USERS_READ, Permission.TOKENS_INTROSPECT)
    client = make_service_client(local.app, local.client, *permissions)
    client.issuer = service.settings["public_base_url"]
    return client


@pytest.fixture
def open_session(service, shop):
    """Return a function that opens a session of Authlib with a method of client authentication."""

    def open_one(method, secret=None, scope=SCOPE):
        session = OAuth2Session(
            shop.id,
            secret or shop.secret,
            scope=scope,
            token_endpoint=f"{service.url}/oauth/token",
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
        )
        session.trust_env = False
        return session

    return open_one


class TestAuthlib:
    @pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
    def test_C_07_a_secret_gets_introspects_and_revokes_a_token(
        self, service, open_session, method
    ):
        session = open_session(method)
        token = session.fetch_token(grant_type="client_credentials")
        assert session.get(f"{service.url}/api/users").status_code == 200

        url = f"{service.url}/oauth/introspect"
        state = session.introspect_token(url, token=token["access_token"]).json()
        assert (state["active"], state["scope"]) == (True, SCOPE)

        session.revoke_token(f"{service.url}/oauth/revoke", token=token["access_token"])
        assert session.get(f"{service.url}/api/users").status_code == 401

    def test_a_private_key_gets_a_token(self, service, shop, open_session):
        session = open_session("private_key_jwt", secret=ECKey.import_key(shop.private_key))
        session.register_client_auth_method(
            PrivateKeyJWT(f"{service.url}/oauth/token", alg="ES256")
        )

        assert session.fetch_token(grant_type="client_credentials")["scope"] == SCOPE
        assert session.get(f"{service.url}/api/users").status_code == 200

    def test_a_session_requests_another_token_when_one_has_expired(self, service, open_session):
        session = open_session("client_secret_basic")
        session.metadata["grant_type"] = "client_credentials"
        first = session.fetch_token(grant_type="client_credentials")
        session.token = {**first, "expires_at": 1}

        assert session.get(f"{service.url}/api/users").status_code == 200
        assert session.token["access_token"] != first["access_token"]

    @pytest.mark.parametrize(
        ("secret", "scope", "error"),
        [("x", SCOPE, "invalid_client"), (None, "audit:read", "invalid_scope")],
    )
    def test_an_error_is_understood(self, open_session, secret, scope, error):
        session = open_session("client_secret_basic", secret=secret, scope=scope)

        with pytest.raises(OAuthError) as raised:
            session.fetch_token(grant_type="client_credentials")
        assert raised.value.error == error

    def test_a_resource_server_validates_tokens_by_introspection(self, service, shop, open_session):
        class Introspection(IntrospectTokenValidator):
            def introspect_token(self, token_string):
                url = f"{service.url}/oauth/introspect"
                return (
                    open_session("client_secret_basic")
                    .introspect_token(url, token=token_string)
                    .json()
                )

        validator = Introspection()
        token = shop.issue()

        found = validator.authenticate_token(token)
        validator.validate_token(found, [SCOPE], None)
        assert found["sub"] == shop.id
        shop.ask("/oauth/revoke", token=token)
        with pytest.raises(InvalidTokenError):
            validator.validate_token(validator.authenticate_token(token), [SCOPE], None)


def test_C_06_oauth4webapi_gets_validates_and_revokes_tokens(service, shop):
    module = node.require_file("oauth4webapi/build/index.js")
    jwk = ECKey.import_key(shop.private_key).as_dict(private=True)
    arguments = [service.url, shop.id, shop.secret, json.dumps(jwk), "rollbook"]
    done = subprocess.run(
        ["node", PROGRAM, module, *arguments],
        env=node.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    *methods, error = [json.loads(line) for line in done.stdout.splitlines()]
    assert methods == [
        [name, SCOPE, True, shop.id, shop.id, False]
        for name in ("client_secret_basic", "client_secret_post", "private_key_jwt")
    ]
    assert error == ["WWWAuthenticateChallengeError", "basic"]
