import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import jwt
import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from api.core.database import in_transaction
from api.keys import ring
from api.keys import service as keys
from api.keys.errors import KeyTooNew
from api.keys.models import State
from api.keys.pairs import ALGORITHMS, PrivateKeyCipher
from features.errors import ERROR_CODES, get_error_codes
from features.personas import (
    read_names,
    read_own_account,
    refresh_session,
    use_tokens,
)

scenarios(".")

ENCRYPTION_KEY = "the encryption key of this feature, long enough"
METADATA_PATHS = {
    "OAuth 2.0": "/.well-known/oauth-authorization-server",
    "OpenID Connect": "/.well-known/openid-configuration",
    "protected resources": "/.well-known/oauth-protected-resource",
}
STATES = {State.ACTIVE: "earlier", State.NEXT: "new"}
CLAIMS = {"iss", "aud", "sub", "client_id", "sid", "iat", "nbf", "exp", "jti", "typ", "roles"}


@pytest.fixture
def change_keys(app, monkeypatch):
    """Return a function that changes keys at the command line, and waits some seconds.

    A process reads the keys again when those that it has cached are 5 seconds old.
    """

    def change(seconds, *works, app=app):
        with app.app_context():
            for work in works:
                in_transaction(lambda work=work: work(PrivateKeyCipher(ENCRYPTION_KEY)))
        monkeypatch.setattr(ring, "monotonic", lambda: monotonic() + seconds)

    return change


@pytest.fixture
def verify_token(client):
    """Return a function that verifies a token as another service does: with published keys only."""

    def verify(token, path="/.well-known/jwks.json"):
        published = jwt.PyJWKSet.from_dict(client.get(path).json)
        try:
            return jwt.decode(token, published[read_key_id(token)], ALGORITHMS, audience="rollbook")
        except (jwt.PyJWTError, KeyError):
            return None

    return verify


def read_key_id(token):
    return jwt.get_unverified_header(token)["kid"]


@given("Rollbook signs access tokens with its own keys", target_fixture="app")
def use_own_keys(build_strict):
    return build_strict(encryption_key=ENCRYPTION_KEY, jwt_secret_key=None)


@given(parsers.parse('Mallory has added the role "{role}" to Ada\'s token'))
def forge_role(people, role):
    header, claims, signature = people["Ada"].token.split(".")
    forged = json.loads(urlsafe_b64decode(f"{claims}==")) | {"roles": [role]}
    encoded = urlsafe_b64encode(json.dumps(forged).encode()).rstrip(b"=").decode()
    people["Ada"] = replace(people["Ada"], token=f"{header}.{encoded}.{signature}")


def publish_next_key(cipher):
    keys.publish_next_key(cipher, at_once=True)


def rotate(cipher):
    keys.rotate(cipher, at_once=True)


@given(parsers.parse("the operator rotated the keys {seconds:d} seconds ago"))
def rotate_keys(change_keys, seconds):
    change_keys(seconds, rotate)


@given(
    parsers.parse(
        "the operator changed the signing algorithm to {algorithm} {seconds:d} seconds ago"
    )
)
def change_algorithm(build_strict, change_keys, algorithm, seconds):
    settings = {"encryption_key": ENCRYPTION_KEY, "jwt_secret_key": None}
    changed = build_strict(signing_algorithm=algorithm, **settings)
    change_keys(seconds, publish_next_key, rotate, app=changed)


@given(parsers.parse("the operator revoked the key of Ada's token {seconds:d} seconds ago"))
def revoke_key(change_keys, people, seconds):
    kid = read_key_id(people["Ada"].token)
    change_keys(seconds, lambda cipher: keys.revoke(kid, cipher))


@when("the Shop verifies Ada's token with the published keys", target_fixture="verified")
@when("the Shop reads the published keys again and verifies Ada's token", target_fixture="verified")
def verify_one_token(verify_token, people):
    return [verify_token(people["Ada"].token)]


@when(
    "the Shop reads the published keys again and verifies Ada's and Grace's tokens",
    target_fixture="verified",
)
def verify_two_tokens(verify_token, people):
    return [verify_token(people[name].token) for name in ("Ada", "Grace")]


@when(parsers.parse("the Shop reads the metadata for {standard}"), target_fixture="metadata")
def read_metadata(client, standard):
    return client.get(METADATA_PATHS[standard]).json


@when("the Shop revokes Ada's token")
def revoke_token(people, responses):
    token = people["Ada"].token
    responses["the Shop"] = people["Shop"].post_form("/api/revoke", token=token, expecting=None)


@when(parsers.parse('the Shop introspects the text "{text}"'))
def introspect_text(people, responses, text):
    responses["the Shop"] = people["Shop"].post_form("/api/introspect", token=text)


@then(parsers.parse('the Shop sees Ada\'s id and the role "{role}"'))
def check_claims(verified, people, role):
    [claims] = verified
    assert (claims["sub"], claims["roles"]) == (people["Ada"].id, [role])


@then("the Shop sees neither Ada's username nor her e-mail address")
def check_no_personal_data(verified, people):
    [claims] = verified
    assert claims.keys() == CLAIMS
    ids = {"sub", "sid", "jti"}  # hexadecimal digits, which contain "ada" by chance
    others = str({name: value for name, value in claims.items() if name not in ids}).casefold()
    for personal in (people["Ada"].username, people["Ada"].email):
        assert personal.casefold() not in others


@then("the Shop rejects Ada's token")
def check_rejection(verified):
    assert verified == [None]


@given(parsers.parse("the new key was published {minutes:d} minutes ago"), target_fixture="key_ids")
def publish_key(app, people, advance_clock, minutes):
    """Return the ids of both keys by their names; the first login has created them."""
    with app.app_context():
        key_ids = {f"the {STATES[each.state]} key": each.kid for each in keys.list_keys()}
    assert key_ids["the earlier key"] == read_key_id(people["Ada"].token)
    advance_clock(timedelta(minutes=minutes))
    return key_ids


@when("the operator rotates the keys")
def rotate_without_haste(change_keys):
    with suppress(KeyTooNew):
        change_keys(5, keys.rotate)


@then(parsers.re("Grace's new token is signed with (?P<key>the (?:earlier|new) key)"))
def check_new_token(person, key_ids, key):
    assert read_key_id(person("Grace").token) == key_ids[key]


@then(parsers.parse("the Shop sees that it may keep the published keys for {minutes:d} minutes"))
def check_cache_time(client, minutes):
    caching = client.get("/.well-known/jwks.json").headers["Cache-Control"]
    assert f"max-age={minutes * 60}" in caching.split(", ")


@then(parsers.parse("the Shop sees the ids of {names}"))
def check_ids(verified, people, names):
    assert [claims["sub"] for claims in verified] == [people[name].id for name in read_names(names)]


@then("the two tokens are signed with different keys")
def check_keys_differ(people):
    assert read_key_id(people["Ada"].token) != read_key_id(people["Grace"].token)


@then(parsers.parse("{name:w}'s token is signed with {algorithm}"))
def check_algorithm(people, name, algorithm):
    assert jwt.get_unverified_header(people[name].token)["alg"] == algorithm


@then(
    parsers.parse("the Shop sees where the keys are, and that tokens are signed with {algorithm}")
)
def check_metadata(people, metadata, algorithm):
    assert metadata["jwks_uri"].startswith(metadata["issuer"])
    assert metadata["id_token_signing_alg_values_supported"] == [algorithm]
    check_algorithm(people, "Ada", algorithm)


@then("the Shop sees that Rollbook accepts its own access tokens, and how to send them")
def check_resource(metadata):
    assert metadata["authorization_servers"] == [metadata["resource"]]
    assert metadata["bearer_methods_supported"] == ["header"]


@then("the Shop can verify Ada's token with these keys")
def check_verification(verify_token, people, metadata):
    path = metadata["jwks_uri"].removeprefix(metadata["issuer"])
    claims = verify_token(people["Ada"].token, path)
    assert (claims["sub"], claims["iss"]) == (people["Ada"].id, metadata["issuer"])


@then("Rollbook accepts Ada's token")
def check_acceptance(people):
    assert read_own_account(people["Ada"])["username"] == "Ada"


@then("Rollbook rejects Ada's token")
def check_rejection_here(people):
    response = people["Ada"].get("/api/me", expecting=None)
    assert get_error_codes(response) == {ERROR_CODES["a login is required"]}


@then("Ada gets a valid token for her refresh token")
def check_session_continues(people):
    ada = use_tokens(people["Ada"], refresh_session(people["Ada"]))
    assert read_own_account(ada)["username"] == "Ada"
