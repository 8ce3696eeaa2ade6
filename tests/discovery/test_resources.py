"""The metadata, read as gateways and libraries do: B-33."""

from secrets import token_urlsafe

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oidc.discovery import OpenIDProviderMetadata
from authlib.oidc.discovery import get_well_known_url as get_openid_url
from joserfc import jwt
from joserfc.jwk import KeySet

from api.config import SigningAlgorithm
from api.core.permissions import Permission
from api.keys.pairs import ALGORITHMS
from api.oauth.assertions import ASSERTION_TYPE
from api.tokens.claims import TokenClaims
from tests.oauth_clients import make_service_client
from tests.support import LocalService

OAUTH, OPENID = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
PATHS = [OAUTH, OPENID]
RESOURCE = "/.well-known/oauth-protected-resource"
BASE_URL = "https://roll.example.org"
ENDPOINTS = {"authorization_endpoint"}  # which Rollbook does not have
METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
SIGNING = ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"]


@pytest.fixture
def serve(build):
    """Return the client of an application that signs with its own keys."""

    def serve_with(**settings):
        defaults = {"ENCRYPTION_KEY": token_urlsafe(48), "PUBLIC_BASE_URL": BASE_URL}
        return LocalService(build(**{**defaults, **settings})).client

    return serve_with


def list_rules(metadata):
    """Return the rules of a standard for the members that Rollbook has or has to have."""
    names = set(metadata.REGISTRY_KEYS) - ENDPOINTS
    return [getattr(metadata, f"validate_{name}") for name in names]


@pytest.mark.parametrize("path", PATHS)
def test_B_33_both_documents_have_the_same_content(serve, path):
    response = serve().get(path)

    assert response.status_code == 200
    assert response.json == {
        "issuer": BASE_URL,
        "jwks_uri": f"{BASE_URL}/.well-known/jwks.json",
        "token_endpoint": f"{BASE_URL}/oauth/token",
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": list(Permission),
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": SIGNING,
        "introspection_endpoint": f"{BASE_URL}/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": [*METHODS, "Bearer"],
        "introspection_endpoint_auth_signing_alg_values_supported": SIGNING,
        "revocation_endpoint": f"{BASE_URL}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": METHODS,  # RFC 8414, 2: no token types
        "revocation_endpoint_auth_signing_alg_values_supported": SIGNING,
        "response_types_supported": ["none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "claims_supported": list(TokenClaims.__annotations__),
    }


def test_B_33_the_metadata_keeps_the_rules_of_rfc_8414(serve):
    metadata = AuthorizationServerMetadata(serve().get(OAUTH).json)

    for validate in list_rules(metadata):
        validate()


def test_B_33_with_rs256_the_metadata_keeps_the_rules_of_openid_connect(serve):
    """OpenID Connect Discovery 1.0, 3, requires RS256."""
    metadata = OpenIDProviderMetadata(serve(SIGNING_ALGORITHM="RS256").get(OPENID).json)

    for validate in list_rules(metadata):
        validate()


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated:UserWarning")  # but not rare
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_B_33_a_token_can_be_verified_with_what_the_metadata_says(
    serve, build, algorithm: SigningAlgorithm
):
    client = serve(SIGNING_ALGORITHM=algorithm)
    token = LocalService(client.application).person("Ada").token

    metadata = client.get(OPENID).json
    keys = KeySet.import_key_set(client.get(metadata["jwks_uri"].removeprefix(BASE_URL)).json)
    decoded = jwt.decode(token, keys, metadata["id_token_signing_alg_values_supported"])

    assert decoded.header["alg"] == algorithm
    assert decoded.claims["iss"] == metadata["issuer"]
    of_clients = {"scope", "credential"}
    assert decoded.claims.keys() == set(metadata["claims_supported"]) - of_clients


@pytest.mark.parametrize("path", PATHS)
def test_B_33_introspection_accepts_the_methods_that_the_metadata_says(serve, path):
    client = serve()
    root = LocalService(client.application).person("Root", role="admin")
    metadata = client.get(path).json

    path = metadata["introspection_endpoint"].removeprefix(BASE_URL)

    assert metadata["introspection_endpoint_auth_methods_supported"] == [*METHODS, "Bearer"]
    assert root.post_form(path, token="x").status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "endpoint", ["token_endpoint", "introspection_endpoint", "revocation_endpoint"]
)
def test_the_endpoints_accept_each_method_of_clients_that_the_metadata_says(serve, path, endpoint):
    client = serve()
    metadata = client.get(path).json
    shop = make_service_client(client.application, client)
    shop.issuer = metadata["issuer"]
    url = metadata[endpoint].removeprefix(BASE_URL)
    form = {"grant_type": "client_credentials", "token": "x"}

    shop.ask(url, **form)
    shop.ask(url, headers={}, client_id=shop.id, client_secret=shop.secret, **form)
    signed = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": shop.sign()}
    shop.ask(url, headers={}, **signed, **form)


def test_B_33_the_algorithms_are_those_of_all_trusted_keys(serve, build):
    secret = token_urlsafe(48)
    LocalService(serve(ENCRYPTION_KEY=secret).application).person("Ada")

    client = serve(ENCRYPTION_KEY=secret, SIGNING_ALGORITHM="RS256")

    algorithms = client.get(OPENID).json["id_token_signing_alg_values_supported"]
    assert algorithms == ["ES256", "RS256"]


def test_B_33_a_shared_secret_is_named_as_such(client):
    metadata = client.get(OPENID).json

    assert metadata["id_token_signing_alg_values_supported"] == ["HS256"]


@pytest.mark.parametrize("issuer", [BASE_URL, f"{BASE_URL}/", f"{BASE_URL}/a", f"{BASE_URL}/a/b.c"])
def test_B_33_the_metadata_is_found_from_its_issuer(serve, issuer):
    """RFC 8414, 3.1, inserts the well-known path; OpenID Connect Discovery 1.0, 4, appends it."""
    client = serve(JWT_ISSUER=issuer)
    paths = {get_openid_url(issuer), get_well_known_url(issuer), *PATHS}
    swapped = {
        get_openid_url(issuer).replace(OPENID, OAUTH),
        get_well_known_url(issuer).replace(OAUTH, OPENID),
    }

    for path in paths | swapped:
        assert client.get(path).json["issuer"] == issuer, path


def test_B_33_a_slash_at_the_end_of_the_issuer_is_left_out(serve):
    client = serve(JWT_ISSUER=f"{BASE_URL}/a/")

    for path in (f"{OAUTH}/a", f"/a{OPENID}"):
        assert client.get(path).json["issuer"] == f"{BASE_URL}/a/"


@pytest.mark.parametrize("issuer", ["rollbook", f"{BASE_URL}/<int:x>", f"{BASE_URL}/a%20b", "a/b"])
def test_B_33_another_issuer_adds_no_path(serve, issuer):
    client = serve(JWT_ISSUER=issuer)

    rules = {rule.rule for rule in client.application.url_map.iter_rules()}

    assert {rule for rule in rules if OAUTH in rule or OPENID in rule} == set(PATHS)
    assert client.get(OAUTH).json["issuer"] == issuer


@pytest.mark.parametrize("path", [*PATHS, RESOURCE])
def test_B_33_the_metadata_can_be_cached(serve, path):
    client = serve()
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert (
        first.headers["Cache-Control"]
        == again.headers["Cache-Control"]
        == "public, max-age=300, no-transform"
    )


@pytest.mark.parametrize("path", [*PATHS, RESOURCE])
def test_B_33_pages_of_other_origins_may_read_the_metadata_as_they_may_the_keys(serve, path):
    origin = "https://app.example.org"
    client = serve(CORS_ORIGINS=origin)

    for public in (path, "/.well-known/jwks.json"):
        response = client.get(public, headers={"Origin": origin})
        assert response.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize("path", PATHS)
def test_B_33_the_metadata_takes_no_parameters(serve, path):
    assert serve().get(f"{path}?resource=x").status_code == 422


@pytest.mark.parametrize("path", ["", "/auth", "/a/b"])
def test_C_09_a_client_finds_the_metadata_and_the_issuer_from_the_url_of_the_api(serve, path):
    """RFC 9728, 3.1, inserts the well-known path before that of the resource."""
    url = f"{BASE_URL}{path}"
    client = serve(PUBLIC_BASE_URL=url)

    metadata = client.get(f"{RESOURCE}{path}").json

    assert metadata == {
        "resource": url,
        "authorization_servers": [url],
        "bearer_methods_supported": ["header"],
        "scopes_supported": list(Permission),
        "resource_name": "Rollbook",
    }
    [issuer] = metadata["authorization_servers"]
    assert client.get(get_well_known_url(issuer)).json["issuer"] == issuer


def test_C_09_the_issuer_can_have_another_name_than_the_api(serve):
    metadata = serve(JWT_ISSUER="https://login.example.org").get(RESOURCE).json

    assert metadata["resource"] == BASE_URL
    assert metadata["authorization_servers"] == ["https://login.example.org"]
