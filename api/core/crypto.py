"""The keys that the service derives from its one secret (ENCRYPTION_KEY)."""

from hashlib import blake2b
from typing import Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32

Purpose = Literal[
    "cursors",
    "device tokens",
    "idempotency",
    "imported hashes",
    "outbox",
    "refresh tokens: seal",
    "refresh tokens: successor",
    "signing keys",
    "webhook secrets",
]


def derive_key(secret: str, purpose: Purpose) -> bytes:
    """Return the 256-bit key of the secret for one purpose (HKDF-SHA256, RFC 5869)."""
    info = f"rollbook {purpose}".encode()
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(secret.encode())


def derive_legacy_key(secret: str, person: bytes) -> bytes:
    """Return a key as version 0.1 derived it.

    Refresh tokens and signing keys of that version are still accepted. Delete this function and
    its callers in version 0.3: until then every refresh token has expired, and every signing key
    has been rotated or encrypted again.
    """
    return blake2b(secret.encode(), digest_size=KEY_BYTES, person=person).digest()
