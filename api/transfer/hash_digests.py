"""Digests of imported hashes.

A login replaces an imported hash. With its digest, a repeated import still recognises it, and does
not put it back. The digest has a secret key: a reader of the table cannot test guesses of the
password with it, which would be fast for weak hashes.
"""

import hmac
from functools import lru_cache

from api.core.crypto import derive_key
from api.core.runtime import current_settings

DIGEST_BYTES = 16


def digest_hash(password_hash: str) -> bytes:
    """Return the digest of a hash, which the account keeps."""
    key = _derive_key(current_settings().secret)
    return hmac.digest(key, password_hash.encode(), "sha256")[:DIGEST_BYTES]


@lru_cache(4)  # applications; a row computes up to two digests
def _derive_key(secret: str) -> bytes:
    return derive_key(secret, "imported hashes")
