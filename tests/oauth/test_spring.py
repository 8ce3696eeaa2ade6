"""What Spring Security sends to introspect a token, and what it demands of the answer.

This follows the source of ``SpringOpaqueTokenIntrospector`` of version 7, of its predecessor
``NimbusOpaqueTokenIntrospector`` of version 5, which demands more, and the requests of Spring's
``RestTemplate`` on Java 17, byte for byte. Spring Security itself is in no package of Debian.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest

from api.core.permissions import Permission
from tests.oauth_clients import make_service_client


class BadTokenError(Exception):
    """The token is not active: the service that uses Spring answers 401."""


class IntrospectionError(Exception):
    """The answer cannot be used: the service that uses Spring answers 500."""


class Version(NamedTuple):
    """What differs between the versions: the media types, and how the credentials are encoded."""

    accept: str
    content_type: str
    encode: Callable[[str], str]


VERSIONS = {
    "7": Version("application/json", "application/x-www-form-urlencoded", quote_plus),
    "5": Version(
        "application/json;charset=UTF-8", "application/x-www-form-urlencoded;charset=UTF-8", str
    ),
}


class AuthenticatedPrincipal(NamedTuple):
    """What Spring makes of the answer."""

    name: str
    authorities: list[str]
    audience: list[str]


def send(port, version, client, token):
    """Send the request with its headers alone, and return status, media type and body."""
    pair = f"{version.encode(client.id)}:{version.encode(client.secret)}"
    body = urlencode({"token": token}).encode()
    headers = {
        "Accept": version.accept,
        "Content-Type": version.content_type,
        "Authorization": f"Basic {b64encode(pair.encode('latin-1')).decode()}",
        "User-Agent": "Java/17.0.15",
        "Host": f"127.0.0.1:{port}",
        "Connection": "keep-alive",
        "Content-Length": len(body),
    }
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("POST", "/oauth/introspect", skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    try:
        return answer.status, answer.headers.get_content_type(), answer.read()
    finally:
        connection.close()


def read_answer(status, media_type, body):
    if status != 200 or media_type != "application/json":
        raise IntrospectionError(status, media_type)
    claims = json.loads(body)
    if not isinstance(claims["active"], bool):
        raise IntrospectionError(claims)
    if not claims["active"]:
        raise BadTokenError
    check_types(claims)
    audience = claims.get("aud", [])
    scopes = claims["scope"].split(" ") if "scope" in claims else []
    return AuthenticatedPrincipal(
        claims["sub"],
        [f"SCOPE_{scope}" for scope in scopes],
        [audience] if isinstance(audience, str) else audience,
    )


def check_types(claims):
    """Fail where the casts and constructors in Java do."""
    texts = {"sub", "client_id", "iss", "scope", "jti", "username", "token_type"} & claims.keys()
    assert all(isinstance(claims[name], str) for name in texts)
    assert claims.get("token_type", "Bearer") == "Bearer"
    assert "" not in claims.get("scope", "x").split(" ")  # else there is an authority SCOPE_
    times = {
        name: datetime.fromtimestamp(claims[name], UTC)
        for name in ("iat", "nbf", "exp")
        if name in claims
    }
    assert "iat" not in times or times["exp"] > times["iat"]  # the constructor of the token
    if "iss" in claims:  # in version 5 it has to be a URL
        assert urlsplit(claims["iss"]).scheme in {"http", "https"}
        assert urlsplit(claims["iss"]).netloc


@pytest.fixture
def make(service):
    """Return a function that makes a client with these permissions."""
    local = service.local_service
    return lambda *permissions: make_service_client(local.app, local.client, *permissions)


@pytest.fixture(params=VERSIONS)
def introspect(request, service, make):
    """Return a function that does what the introspector of this version does with a token."""
    gateway = make(Permission.TOKENS_INTROSPECT)

    def ask(token, client=gateway):
        return read_answer(*send(service.port, VERSIONS[request.param], client, token))

    return ask


@pytest.fixture
def shop(make):
    return make(Permission.USERS_READ, Permission.AUDIT_READ)


def test_C_07_a_valid_token_is_a_principal_with_its_scopes(introspect, shop):
    assert introspect(shop.issue()) == (
        shop.id,
        ["SCOPE_audit:read", "SCOPE_users:read"],
        ["rollbook"],
    )


def test_tokens_of_people_and_api_keys_are_principals(introspect, service, shop):
    ada = service.person(f"ada-{shop.id}")  # without any permission
    key = ada.post("/api/me/api-keys", {"name": "Any", "scopes": []}).json["key"]

    assert introspect(ada.token) == (ada.id, [], ["rollbook"])
    assert introspect(ada.refresh_token) == introspect(key) == (ada.id, [], [])


def test_a_token_that_is_not_valid_is_a_bad_token_and_no_failure(introspect, shop):
    revoked = shop.issue()
    shop.ask("/oauth/revoke", token=revoked)

    for token in (revoked, "x", "~+/-._=", "a.b.c", "x" * 8000):
        with pytest.raises(BadTokenError):
            introspect(token)


def test_a_client_without_the_permission_sees_no_token_of_others(introspect, make, shop):
    with pytest.raises(BadTokenError):
        introspect(shop.issue(), make(Permission.USERS_READ))


def test_a_wrong_secret_is_a_failure(introspect, make, shop):
    gateway = make(Permission.TOKENS_INTROSPECT)
    gateway.secret = make().secret

    with pytest.raises(IntrospectionError, match="401"):
        introspect(shop.issue(), gateway)
