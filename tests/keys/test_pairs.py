"""Key pairs, and the encryption of private keys."""

from base64 import urlsafe_b64decode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.core.crypto import derive_legacy_key
from api.keys import pairs
from api.keys.pairs import PrivateKeyCipher, WrongEncryptionKey, generate_key_pair, make_jwk

SECRET = "the encryption key of a test, long enough"


@pytest.fixture
def cipher():
    return PrivateKeyCipher(SECRET)


@pytest.fixture(scope="module")
def private():
    return generate_key_pair()[0]


def test_a_private_key_can_be_decrypted(cipher, private):
    decrypted = cipher.decrypt(cipher.encrypt(private, "kid"), "kid")

    assert decrypted.private_numbers() == private.private_numbers()


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
    version_0_1.cipher = AESGCM(derive_legacy_key(SECRET, b"rollbook keys"))

    decrypted = cipher.decrypt(version_0_1.encrypt(private, "kid"), "kid")

    assert decrypted.private_numbers() == private.private_numbers()


def test_a_jwk_describes_an_es256_key():
    jwk = make_jwk(generate_key_pair()[0])

    assert (jwk.kty, jwk.crv, jwk.alg, jwk.use) == ("EC", "P-256", "ES256", "sig")


def test_the_id_of_a_jwk_is_its_thumbprint(private):
    """RFC 7638, 3: the SHA-256 of the required members in order, without whitespace."""
    jwk = make_jwk(private)
    required = f'{{"crv":"{jwk.crv}","kty":"{jwk.kty}","x":"{jwk.x}","y":"{jwk.y}"}}'

    assert urlsafe_b64decode(jwk.kid + "=") == sha256(required.encode()).digest()


def test_S_11_the_id_of_a_new_key_does_not_begin_with_a_hyphen(private, monkeypatch):
    kids = iter(["-like-an-option", "--like-an-option", "acceptable"])
    monkeypatch.setattr(pairs, "make_jwk", lambda _: make_jwk(private)._replace(kid=next(kids)))

    assert generate_key_pair()[1].kid == "acceptable"
