"""Key pairs for ES256, and the encryption of private keys in the database.

The algorithm is ES256 and not EdDSA: every gateway and library can verify it (RFC 7518 recommends
it), and OpenSSL verifies it a quarter faster. See ADR 12.
"""

from base64 import urlsafe_b64encode
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple, cast

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import ECAlgorithm

from api.core import secrets
from api.core.crypto import derive_key, derive_legacy_key

ALGORITHM = "ES256"
NONCE_BYTES = 12  # of AES-GCM

PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey


class JsonWebKey(NamedTuple):
    """A public key (RFC 7517)."""

    kid: str
    kty: str
    crv: str
    x: str
    y: str
    alg: str
    use: str


class WrongEncryptionKey(Exception):
    """The private key is encrypted with another ENCRYPTION_KEY."""


class PrivateKeyCipher:
    """Encrypts private keys (AES-256-GCM) with a key derived from ENCRYPTION_KEY."""

    def __init__(self, secret: str) -> None:
        self.cipher = AESGCM(derive_key(secret, "signing keys"))
        self.legacy_cipher = AESGCM(derive_legacy_key(secret, b"rollbook keys"))

    def encrypt(self, private: PrivateKey, kid: str) -> bytes:
        content = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        nonce = secrets.key(NONCE_BYTES)
        return nonce + self.cipher.encrypt(nonce, content, kid.encode())

    def decrypt(self, encrypted: bytes, kid: str) -> PrivateKey:
        """Return the private key.

        Raises:
            WrongEncryptionKey: the secret or the kid is another one, or the text was changed.
        """
        nonce, content = encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:]
        for cipher in (self.cipher, self.legacy_cipher):
            with suppress(InvalidTag):
                private = cipher.decrypt(nonce, content, kid.encode())
                return cast("PrivateKey", load_der_private_key(private, password=None))
        raise WrongEncryptionKey


def generate_key_pair() -> tuple[PrivateKey, JsonWebKey]:
    """Return a private key and its JWK. The id does not begin with ``-``, as command options do."""
    while True:
        private = ec.generate_private_key(ec.SECP256R1())
        jwk = make_jwk(private)
        if not jwk.kid.startswith("-"):
            return private, jwk


def make_jwk(private: PrivateKey) -> JsonWebKey:
    """Return the public key as a JWK; its id is its thumbprint (RFC 7638)."""
    jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    required = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = sha256(orjson.dumps(required, option=orjson.OPT_SORT_KEYS)).digest()
    kid = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return JsonWebKey(
        kid=kid, kty=jwk["kty"], crv=jwk["crv"], x=jwk["x"], y=jwk["y"], alg=ALGORITHM, use="sig"
    )


def load_public_key(jwk: JsonWebKey) -> PublicKey:
    return cast("PublicKey", ECAlgorithm.from_jwk(jwk._asdict()))
