"""Key pairs, and the encryption of private keys."""

from base64 import urlsafe_b64decode
from functools import partial
from hashlib import sha256
from typing import get_args

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from api.config import SigningAlgorithm
from api.core.crypto import derive_legacy_key
from api.core.encryption import Cipher
from api.keys import pairs
from api.keys.pairs import (
    ALGORITHMS,
    RSA_BITS,
    PrivateKeyCipher,
    WrongEncryptionKey,
    generate_key_pair,
    load_public_key,
    make_jwk,
)

SECRET = "the encryption key of a test, long enough"
RFC_7638_MODULUS = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst"
    "n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajr"
    "n1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw=="
)


@pytest.fixture
def cipher():
    return PrivateKeyCipher(SECRET)


@pytest.fixture(scope="module")
def private():
    return generate_key_pair("ES256")[0]


@pytest.fixture(scope="module", params=ALGORITHMS)
def pair(request):
    """A key pair of each algorithm: the private key and its JWK."""
    return generate_key_pair(request.param)


def test_B_33_each_signing_algorithm_has_key_pairs():
    assert get_args(SigningAlgorithm) == ALGORITHMS


def test_a_private_key_can_be_decrypted(cipher, pair):
    private, jwk = pair

    decrypted = cipher.decrypt(cipher.encrypt(private, "kid"), "kid")

    assert make_jwk(decrypted, jwk.alg) == jwk


def test_each_encryption_is_different(cipher, private):
    assert cipher.encrypt(private, "kid") != cipher.encrypt(private, "kid")


@pytest.mark.parametrize("octet", [0, 20, -1])
def test_a_changed_text_cannot_be_decrypted(cipher, private, octet):
    encrypted = bytearray(cipher.encrypt(private, "kid"))
    encrypted[octet] ^= 1

    with pytest.raises(WrongEncryptionKey):
        cipher.decrypt(bytes(encrypted), "kid")


@pytest.mark.parametrize(
    ("secret", "kid"), [(SECRET, "another"), ("another", "kid")], ids=["kid", "secret"]
)
def test_another_kid_or_secret_cannot_decrypt_a_private_key(cipher, private, secret, kid):
    encrypted = cipher.encrypt(private, "kid")

    with pytest.raises(WrongEncryptionKey):
        PrivateKeyCipher(secret).decrypt(encrypted, kid)


def test_a_key_that_version_0_1_encrypted_can_still_be_decrypted(cipher, private):
    version_0_1 = PrivateKeyCipher(SECRET)
    version_0_1.cipher = Cipher(derive_legacy_key(SECRET, b"rollbook keys"))

    decrypted = cipher.decrypt(version_0_1.encrypt(private, "kid"), "kid")

    assert decrypted.private_numbers() == private.private_numbers()


@pytest.mark.parametrize(
    ("algorithm", "members"),
    [
        ("ES256", {"kty": "EC", "crv": "P-256"}),
        ("RS256", {"kty": "RSA", "e": "AQAB"}),
        ("EdDSA", {"kty": "OKP", "crv": "Ed25519"}),
    ],
)
def test_B_33_a_jwk_describes_its_key(algorithm, members):
    jwk = generate_key_pair(algorithm)[1].to_members()

    assert jwk.items() >= {"alg": algorithm, "use": "sig", **members}.items()


def test_T_10_a_jwk_has_no_private_part(pair):
    members = pair[1].to_members().keys() - {"kid", "kty", "alg", "use"}

    assert members in ({"crv", "x", "y"}, {"crv", "x"}, {"n", "e"})


def test_B_33_an_rsa_key_has_at_least_2048_bits():
    private, jwk = generate_key_pair("RS256")

    assert private.key_size == RSA_BITS >= 2048
    assert len(urlsafe_b64decode(jwk.n + "==")) * 8 == RSA_BITS


@pytest.mark.parametrize(
    ("algorithm", "form"),
    [
        ("ES256", '{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}'),
        ("RS256", '{{"e":"{e}","kty":"{kty}","n":"{n}"}}'),
        ("EdDSA", '{{"crv":"{crv}","kty":"{kty}","x":"{x}"}}'),
    ],
)
def test_the_id_of_a_jwk_is_its_thumbprint(algorithm, form):
    """RFC 7638, 3: the SHA-256 of the required members in order, without whitespace."""
    jwk = generate_key_pair(algorithm)[1]
    required = form.format(**jwk.to_members())

    assert urlsafe_b64decode(jwk.kid + "=") == sha256(required.encode()).digest()


def test_B_33_the_id_of_an_rsa_key_is_that_of_the_example_of_rfc_7638():
    """RFC 7638, 3.1, computed from the key there."""
    numbers = rsa.RSAPublicNumbers(65_537, int.from_bytes(urlsafe_b64decode(RFC_7638_MODULUS)))

    class Example:
        public_key = staticmethod(numbers.public_key)

    assert make_jwk(Example(), "RS256").kid == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize("other", ALGORITHMS)
def test_B_33_a_key_verifies_only_tokens_of_its_own_algorithm(pair, other):
    """RFC 8725, 3.1: else an attacker could choose the algorithm."""
    jwk = pair[1]
    private, _ = pair if other == jwk.alg else generate_key_pair(other)
    token = jwt.encode({"sub": "ada"}, private, other)
    verify = partial(jwt.decode, token, load_public_key(jwk), algorithms=ALGORITHMS)

    if other == jwk.alg:
        assert verify() == {"sub": "ada"}
    else:
        with pytest.raises(jwt.InvalidAlgorithmError):
            verify()


def test_S_11_case_N_04_the_id_of_a_new_key_does_not_begin_with_a_hyphen(private, monkeypatch):
    kids = iter(["-like-an-option", "--like-an-option", "acceptable"])
    monkeypatch.setattr(
        pairs, "make_jwk", lambda *_: make_jwk(private, "ES256")._replace(kid=next(kids))
    )

    assert generate_key_pair("ES256")[1].kid == "acceptable"
