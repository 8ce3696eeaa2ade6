"""Key pairs for ES256, and the seal under which private parts lie in the database.

ES256 rather than EdDSA: every gateway and library verifies it (RFC 7518 recommends it, where
EdDSA is an addition), and OpenSSL verifies it a quarter faster. See ADR 12.
"""

from base64 import urlsafe_b64encode
from hashlib import blake2b, sha256
from typing import Any, cast

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

ALGORITHM = "ES256"
NONCE = 12  # bytes, as AES-GCM takes it

PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey


class WrongKey(Exception):
    """What was sealed under another encryption key cannot be opened."""


class Seal:
    """Encrypts private keys (AES-256-GCM) under a key derived from the service's secret."""

    def __init__(self, secret: str) -> None:
        derived = blake2b(secret.encode(), digest_size=32, person=b"rollbook keys").digest()
        self.cipher = AESGCM(derived)

    def close(self, private: PrivateKey, kid: str) -> bytes:
        content = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        nonce = secrets.key(NONCE)
        return nonce + self.cipher.encrypt(nonce, content, kid.encode())

    def open(self, sealed: bytes, kid: str) -> PrivateKey:
        """Return the key.

        Raises:
            WrongKey: it was sealed under another secret, for another kid, or has been changed.
        """
        try:
            content = self.cipher.decrypt(sealed[:NONCE], sealed[NONCE:], kid.encode())
        except InvalidTag as error:
            raise WrongKey from error
        return cast("PrivateKey", load_der_private_key(content, password=None))


def generate() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def published(private: PrivateKey) -> dict[str, Any]:
    """Return the public part as a JWK, named by its thumbprint (RFC 7638)."""
    jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    required = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = sha256(orjson.dumps(required, option=orjson.OPT_SORT_KEYS)).digest()
    kid = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {**required, "kid": kid, "alg": ALGORITHM, "use": "sig"}


def verifying(jwk: dict[str, Any]) -> PublicKey:
    return cast("PublicKey", ECAlgorithm.from_jwk(jwk))
