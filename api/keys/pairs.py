"""Key pairs of each signing algorithm, and the encryption of private keys in the database.

The default is ES256 and not EdDSA: every gateway and library can verify it (RFC 7518 recommends
it), and OpenSSL verifies it a quarter faster. RS256 is for gateways that know nothing else. See
ADR 12.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple, cast

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt import PyJWK, get_algorithm_by_name

from api.config import SigningAlgorithm
from api.core.crypto import derive_key, derive_legacy_key
from api.core.encryption import Cipher

RSA_BITS = 2048  # the minimum of RFC 7518, 3.3; signing takes five times as long with 4096
RSA_PUBLIC_EXPONENT = 65_537

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | Ed25519PrivateKey

GENERATORS: Mapping[SigningAlgorithm, Callable[[], PrivateKey]] = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RS256": lambda: rsa.generate_private_key(RSA_PUBLIC_EXPONENT, RSA_BITS),
    "EdDSA": Ed25519PrivateKey.generate,
}
ALGORITHMS: tuple[SigningAlgorithm, ...] = tuple(GENERATORS)
THUMBPRINT_MEMBERS = {  # RFC 7638, 3.2; RFC 8037, 2
    "EC": ("crv", "kty", "x", "y"),
    "RSA": ("e", "kty", "n"),
    "OKP": ("crv", "kty", "x"),
}


class JsonWebKey(NamedTuple):
    """A public key (RFC 7517). Which of the last five members it has depends on its type."""

    kid: str
    kty: str
    alg: str
    use: str
    crv: str | None = None
    x: str | None = None
    y: str | None = None
    n: str | None = None
    e: str | None = None

    def to_members(self) -> dict[str, str]:
        """Return the members that it has."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class Signer(NamedTuple):
    """What signs a token: a key, its id (a shared secret has none) and its algorithm."""

    kid: str | None
    key: PrivateKey | str
    algorithm: str


class WrongEncryptionKey(Exception):
    """The private key is encrypted with another ENCRYPTION_KEY."""


class PrivateKeyCipher:
    """Encrypts private keys (AES-256-GCM) with a key derived from ENCRYPTION_KEY."""

    def __init__(self, secret: str) -> None:
        self.cipher = Cipher(derive_key(secret, "signing keys"))
        self.legacy_cipher = Cipher(derive_legacy_key(secret, b"rollbook keys"))

    def encrypt(self, private: PrivateKey, kid: str) -> bytes:
        content = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return self.cipher.encrypt(content, context=kid.encode())

    def decrypt(self, encrypted: bytes, kid: str) -> PrivateKey:
        """Return the private key.

        Raises:
            WrongEncryptionKey: the secret or the kid is another one, or the text was changed.
        """
        for cipher in (self.cipher, self.legacy_cipher):
            with suppress(InvalidTag):
                private = cipher.decrypt(encrypted, context=kid.encode())
                return cast("PrivateKey", load_der_private_key(private, password=None))
        raise WrongEncryptionKey


def generate_key_pair(algorithm: SigningAlgorithm) -> tuple[PrivateKey, JsonWebKey]:
    """Return a private key and its JWK. The id does not begin with ``-``, as command options do."""
    while True:
        private = GENERATORS[algorithm]()
        jwk = make_jwk(private, algorithm)
        if not jwk.kid.startswith("-"):
            return private, jwk


def make_jwk(private: PrivateKey, algorithm: SigningAlgorithm) -> JsonWebKey:
    """Return the public key as a JWK; its id is its thumbprint (RFC 7638)."""
    jwk = get_algorithm_by_name(algorithm).to_jwk(private.public_key(), as_dict=True)
    required = {name: jwk[name] for name in THUMBPRINT_MEMBERS[jwk["kty"]]}
    digest = sha256(orjson.dumps(required, option=orjson.OPT_SORT_KEYS)).digest()
    kid = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return JsonWebKey(kid=kid, alg=algorithm, use="sig", **required)


def load_public_key(jwk: JsonWebKey) -> PyJWK:
    """Return the key that verifies tokens of its own algorithm, and no others (RFC 8725, 3.1)."""
    return PyJWK(jwk.to_members(), jwk.alg)
