"""Client assertions that are wrong in one way each (RFC 7523, 3; RFC 8725)."""

from time import time
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from api.core import clock
from api.core.database import db, transaction
from api.core.permissions import Permission
from api.oauth import client_tokens
from api.oauth.models import UsedAssertion
from tests.hostile.forge import encode_part
from tests.oauth_clients import ISSUER

SHOP_URL = "https://shop.example"


@pytest.fixture
def shop(make_client):
    return make_client(Permission.USERS_READ)


def require_rejection(client, assertion):
    answer = client.request_token_with(assertion, expecting=None)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


WRONG = {
    "no iss": {"iss": None},
    "no sub": {"sub": None},
    "no aud": {"aud": None},
    "no exp": {"exp": None},
    "no jti": {"jti": None},
    "other iss": {"iss": "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"},
    "other sub": {"sub": "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"},
    "sub no text": {"sub": 5},
    "other aud": {"aud": SHOP_URL},
    "no aud in the list": {"aud": []},
    "two auds": {"aud": [ISSUER, SHOP_URL]},
    "aud of the API": {"aud": "rollbook"},
    "aud a prefix": {"aud": f"{ISSUER}/oauth/tok"},
    "aud no text": {"aud": {"a": 1}},
    "expired": {"exp": int(time()) - 60},
    "exp text": {"exp": "9999999999"},
    "exp true": {"exp": True},
    "exp null": {"exp": [1]},
    "exp far": {"exp": int(time()) + 3600},
    "exp huge": {"exp": 10**30},
    "exp far and iat old": {"exp": int(time()) + 3000, "iat": int(time()) - 600},
    "exp near and iat old": {"exp": int(time()) + 100, "iat": int(time()) - 3500},
    "exp far and iat text": {"exp": int(time()) + 3000, "iat": "5"},
    "exp far and iat true": {"exp": int(time()) + 3000, "iat": True},
    "nbf later": {"nbf": int(time()) + 600},
    "iat later": {"iat": int(time()) + 600},
    "jti empty": {"jti": ""},
    "jti long": {"jti": "x" * 257},
    "jti no text": {"jti": 5},
}


@pytest.mark.parametrize("name", WRONG)
def test_each_claim_is_checked(shop, name):
    require_rejection(shop, shop.sign(**WRONG[name]))


def test_an_assertion_that_expires_later_ends_five_minutes_after_it_was_signed(app, shop):
    shop.request_token_with(shop.sign(exp=int(time()) + 3600, iat=int(time()) - 250))

    with app.app_context():
        [used] = db.session.scalars(select(UsedAssertion))
    assert 0 < (used.expires_at - clock.now()).total_seconds() <= 300 - 250 + 10


def test_an_assertion_of_an_hour_cannot_be_used_again_before_it_expires(
    app, shop, move_clock, monkeypatch
):
    signed_at = int(time())
    assertion = shop.sign(exp=signed_at + 3600, iat=signed_at)
    shop.request_token_with(assertion)

    move_clock(seconds=3500)
    with app.app_context(), transaction():
        assert client_tokens.purge() == 1
    monkeypatch.setattr("api.oauth.assertions.time", lambda: signed_at + 3500)

    require_rejection(shop, assertion)


@pytest.mark.parametrize("text", ["x", "a.b", "a.b.c", "..", "a.b.c.d.e", "é"])
def test_what_is_no_jwt_is_rejected(shop, text):
    require_rejection(shop, text)


class TestKeys:
    def test_the_key_of_another_client_is_rejected(self, shop, make_client):
        shop.private_key = make_client().private_key

        require_rejection(shop, shop.sign())

    def test_an_assertion_of_another_client_is_rejected(self, shop, make_client):
        other = make_client()

        require_rejection(shop, other.sign(sub=shop.id))
        answer = shop.request_token_with(other.sign(), client_id=shop.id, expecting=None)
        assert answer.json["error"] == "invalid_client"

    def test_a_deleted_key_is_rejected(self, shop):
        shop.delete_credential(shop.key_id)

        require_rejection(shop, shop.sign())

    def test_the_newest_keys_are_tried_each(self, shop, make_client, app):
        other = make_client()
        other.change_credential(other.key_id, service_account_id=UUID(shop.id))

        shop.request_token_with(shop.sign())
        shop.private_key = other.private_key
        shop.request_token_with(shop.sign())


class TestAlgorithms:
    """The advisories of JOSE libraries, of Authlib among them (ADR 28)."""

    def test_CVE_2026_28802_none_is_rejected(self, shop):
        _, claims, _ = shop.sign().split(".")
        for name in ("none", "None", "NONE", ""):
            forged = encode_part({"alg": name, "typ": "JWT"})
            require_rejection(shop, f"{forged}.{claims}.")

    @pytest.mark.parametrize("form", [Encoding.PEM, Encoding.DER])
    def test_CVE_2015_9235_the_public_key_is_not_accepted_as_a_secret(self, shop, form):
        public = shop.private_key.public_key()
        secret = public.public_bytes(form, PublicFormat.SubjectPublicKeyInfo)
        _, claims, _ = shop.sign().split(".")
        forged = f"{encode_part({'alg': 'HS256', 'typ': 'JWT'})}.{claims}"
        algorithm = jwt.get_algorithm_by_name("HS256")
        signature = jwt.utils.base64url_encode(algorithm.sign(forged.encode(), secret)).decode()
        require_rejection(shop, f"{forged}.{signature}")

    def test_CVE_2026_27962_a_key_in_the_header_is_not_used(self, shop):
        own = ec.generate_private_key(ec.SECP256R1())
        jwk = jwt.get_algorithm_by_name("ES256").to_jwk(own.public_key(), as_dict=True)
        shop.private_key = own

        require_rejection(shop, shop.sign({"jwk": jwk}))

    @pytest.mark.parametrize("header", [{"crit": ["cnf"], "cnf": "x"}, {"crit": []}])
    def test_CVE_2025_59420_an_unknown_critical_header_is_rejected(self, shop, header):
        require_rejection(shop, shop.sign(header))

    def test_CVE_2025_61920_a_huge_header_is_rejected_before_it_is_decoded(self, shop):
        answer = shop.request_token_with(shop.sign({"x": "0" * 9000}), expecting=None)

        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")

    def test_only_algorithms_of_the_registered_key_are_accepted(self, make_client):
        client = make_client(private_key=rsa.generate_private_key(65_537, 2048))
        client.request_token_with(client.sign())
        client.algorithm = "RS512"

        require_rejection(client, client.sign())


class TestReplay:
    def test_an_assertion_is_accepted_once(self, app, shop, recorded):
        assertion = shop.sign()
        shop.request_token_with(assertion)

        require_rejection(shop, assertion)
        assert recorded() == ["token.issued", "client.authentication_failed"]

    def test_the_id_of_an_assertion_belongs_to_its_client(self, shop, make_client):
        shop.request_token_with(shop.sign(jti="1"))
        other = make_client()

        other.request_token_with(other.sign(jti="1"))

    def test_a_request_that_is_rejected_later_uses_up_its_assertion(self, shop):
        assertion = shop.sign()
        shop.request_token_with(assertion, scope="audit:read", expecting=400)

        require_rejection(shop, assertion)
