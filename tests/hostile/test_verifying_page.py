"""The sample in docs/verifying-tokens.md, as another service runs it: T-01, T-04 to T-06, T-10."""

import re
from secrets import token_urlsafe
from time import time
from urllib.request import urlopen

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.keys.pairs import generate_key_pair
from tests.hostile.forge import LEFT_OUT
from tests.hostile.key_traffic import becomes_true, kid, rotate
from tests.hostile.wire import Wire
from tests.service import ROOT

SAMPLE = re.compile(r"^## Python\n.*?^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAMPLE_ISSUER = "https://roll.example.com"
LEEWAY = 30


def sample(issuer):
    """Run the sample with another issuer, and return its names."""
    [code] = SAMPLE.findall((ROOT / "docs/verifying-tokens.md").read_text("utf-8"))
    assert SAMPLE_ISSUER in code
    names = {}
    exec(compile(code.replace(SAMPLE_ISSUER, issuer), "the page", "exec"), names)
    return names


@pytest.fixture
def page(service):
    return sample(service.url)


@pytest.fixture
def verified(page):
    return page["verified"]


@pytest.fixture
def rejected(verified, person):
    """Return whether a token is rejected for its own defect, and not because keys are missing."""

    def ask(token):
        assert verified(person.token)["sub"] == person.id
        with pytest.raises(jwt.PyJWTError) as error:
            verified(token)
        return not isinstance(error.value, jwt.PyJWKClientConnectionError)

    return ask


def test_T_10_an_issued_token_is_accepted(verified, wire, person):
    token = wire.log_in(person.username, person.password).json["access_token"]

    claims = verified(token)

    assert claims["sub"] == person.id
    assert claims["roles"] == ["user"]
    assert claims.keys() == {
        "iss", "aud", "sub", "client_id", "sid", "iat", "nbf", "exp", "jti", "typ", "roles"
    }  # fmt: skip


def test_a_forged_token_without_a_defect_is_accepted(verified, forge, person):
    assert verified(forge.token(person))["sub"] == person.id


@pytest.mark.parametrize("name", ["none", "None", "HS256", "ES384", "RS256", ""])
def test_T_01_another_algorithm_is_rejected(forge, person, rejected, name):
    claims = forge.claims(person.id, person.session_id)
    signed = forge.sign(claims, header={**forge.header, "alg": name})

    assert rejected(signed)
    assert rejected(f"{signed.rpartition('.')[0]}.")


def test_T_01_the_public_key_is_not_accepted_as_a_secret(service, forge, person, rejected):
    claims = forge.claims(person.id, person.session_id)
    with urlopen(f"{service.url}/.well-known/jwks.json", timeout=5) as answer:
        published = answer.read()
    known = [
        forge.key.public_key().public_bytes(form, PublicFormat.SubjectPublicKeyInfo)
        for form in (Encoding.PEM, Encoding.DER)
    ]
    for key in (*known, published):
        assert rejected(forge.sign(claims, header={**forge.header, "alg": "HS256"}, key=key))


def test_T_02_another_key_is_rejected(forge, person, rejected):
    claims = forge.claims(person.id, person.session_id)
    key, _ = generate_key_pair("ES256")
    for name in (forge.kid, token_urlsafe(32), None, 5):
        assert rejected(forge.sign(claims, header={**forge.header, "kid": name}, key=key))


TIMES = {
    "expired": lambda: {"exp": int(time()) - LEEWAY - 1},
    "not yet": lambda: {"nbf": int(time()) + LEEWAY + 30},
    "for good": lambda: {"exp": LEFT_OUT},
}


@pytest.mark.parametrize("name", TIMES)
def test_T_04_an_expired_or_early_token_is_rejected(forge, person, rejected, name):
    assert rejected(forge.token(person, **TIMES[name]()))


def test_T_04_clocks_may_differ_by_the_leeway(verified, forge, person):
    assert verified(forge.token(person, exp=int(time()) - LEEWAY + 10))


def test_B_32_a_token_of_a_temporary_password_is_rejected(service, forge, person, rejected):
    audience = f"{service.url}/api/me/password"

    assert rejected(forge.token(person, aud=audience, typ="password_change"))
    assert rejected(forge.token(person, aud=audience))
    assert rejected(forge.token(person, typ="password_change"))


@pytest.mark.parametrize("kind", ["refresh", "Access", None, LEFT_OUT], ids=str)
def test_T_05_another_type_of_token_is_rejected(forge, person, rejected, kind):
    assert rejected(forge.token(person, typ=kind))


def test_T_05_a_token_without_a_session_is_rejected(forge, person, rejected):
    assert rejected(forge.token(person, sid=LEFT_OUT))


def test_T_05_tokens_of_service_accounts_are_accepted_only_on_request(
    page, verified, forge, person, rejected
):
    token = forge.token(person, typ="client", sid=LEFT_OUT, scope="users:read")
    assert rejected(token)

    page["PROGRAMS"] = True

    assert verified(token)["scope"] == "users:read"
    assert rejected(forge.token(person, typ="refresh", sid=LEFT_OUT))


@pytest.mark.parametrize("kind", ["JWT", "", LEFT_OUT], ids=str)
def test_T_05_another_media_type_is_rejected(forge, person, rejected, kind):
    header = {name: it for name, it in {**forge.header, "typ": kind}.items() if it is not LEFT_OUT}
    claims = forge.claims(person.id, person.session_id)

    assert rejected(forge.sign(claims, header=header))


@pytest.mark.parametrize("audience", ["other", "rollbook2", ["rollbook"], ["rollbook", "other"]])
def test_T_06_another_audience_is_rejected(forge, person, rejected, audience):
    assert rejected(forge.token(person, aud=audience))


def test_T_06_another_issuer_is_rejected(forge, person, rejected):
    assert rejected(forge.token(person, iss=f"{forge.issuer}/"))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "..", "é.é.é"])
def test_T_07_malformed_tokens_are_rejected(rejected, text):
    assert rejected(text)


class TestRotation:
    def test_T_10_a_rotation_needs_no_new_fetch(self, serve):
        service = serve()
        verified, person = sample(service.url)["verified"], service.person("Ada")
        assert verified(person.token)["sub"] == person.id
        before = kid(person.token)

        rotate(service)
        wire = Wire(service.port)
        now = newly_signed(wire, person, before)

        assert verified(now)["sub"] == person.id
        assert verified(person.token)["sub"] == person.id

    def test_T_10_unknown_keys_cause_one_fetch_per_minute(self, page, forge, person):
        verified, fetches = page["verified"], []
        fetch = page["keys"].fetch_data
        page["keys"].fetch_data = lambda: fetches.append(1) or fetch()
        claims = forge.claims(person.id, person.session_id)

        for _ in range(5):
            made_up = forge.sign(claims, header={**forge.header, "kid": token_urlsafe(32)})
            with pytest.raises(jwt.PyJWTError):
                verified(made_up)

        assert len(fetches) == 1


def test_T_10_missing_keys_raise_another_error_than_a_bad_token(forge, person):
    verified = sample("http://127.0.0.1:1")["verified"]

    with pytest.raises(jwt.PyJWKClientConnectionError):
        verified(forge.token(person))


def newly_signed(wire, person, before):
    """Log in until another key signs, which every worker knows of within seconds."""
    tokens = []

    def signs_with_another():
        tokens.append(wire.log_in(person.username, person.password).json["access_token"])
        return kid(tokens[-1]) != before

    assert becomes_true(signs_with_another)
    return tokens[-1]
