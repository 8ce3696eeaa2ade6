"""Refresh tokens: ``<session>.<secret>``, of which only digests are stored.

A successor is derived from its parent, a salt and a key of the service. A client that repeats a
parent token, because the response was lost or another tab was faster, receives the same successor
again, although the successor is stored nowhere.

A seal distinguishes a used token of ours, whose repetition means theft, from an invented one, with
which anybody who knows the id of a session could end it.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from hashlib import blake2b, sha256
from typing import NamedTuple
from uuid import UUID

from api.core import secrets
from api.core.crypto import derive_key, derive_legacy_key

SECRET_BYTES = 32  # 256 bits
SEAL_BYTES = 16
FORM = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([A-Za-z0-9_-]{64})", re.ASCII)


class RefreshToken(NamedTuple):
    session_id: UUID
    secret: bytes
    seal: bytes

    @property
    def text(self) -> str:
        return f"{self.session_id}.{urlsafe_b64encode(self.secret + self.seal).decode()}"

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()


class Keys(NamedTuple):
    successor: bytes
    seal: bytes


class RefreshTokens:
    """Makes and recognises the refresh tokens of one application."""

    def __init__(self, secret: str) -> None:
        self.keys = Keys(
            derive_key(secret, "refresh tokens: successor"),
            derive_key(secret, "refresh tokens: seal"),
        )
        self.legacy_keys = Keys(
            derive_legacy_key(secret, b"refresh next"), derive_legacy_key(secret, b"refresh seal")
        )

    def make_first(self, session_id: UUID) -> RefreshToken:
        """Return the first token of a session."""
        return _seal(session_id, secrets.key(SECRET_BYTES), self.keys)

    def make_successor(self, parent: RefreshToken, salt: str) -> RefreshToken:
        """Return the token that follows another one; the same for the same salt."""
        return _derive_successor(parent, salt, self.keys)

    def find_successor(self, parent: RefreshToken, salt: str, digest: str) -> RefreshToken | None:
        """Return the successor with this digest, which version 0.1 may have made, or None."""
        candidates = (_derive_successor(parent, salt, keys) for keys in self._all_keys())
        return next((token for token in candidates if token.digest == digest), None)

    def is_ours(self, token: RefreshToken) -> bool:
        """Return whether this service issued the token, whether or not it has been used."""
        seals = (_seal(token.session_id, token.secret, keys).seal for keys in self._all_keys())
        return any(hmac.compare_digest(token.seal, seal) for seal in seals)

    def _all_keys(self) -> Iterator[Keys]:
        yield self.keys
        yield self.legacy_keys


def parse_refresh_token(text: str) -> RefreshToken | None:
    """Return the token, or None if the text does not have its form."""
    match = FORM.fullmatch(text)
    if match is None:
        return None
    content = urlsafe_b64decode(match[2])
    return RefreshToken(UUID(match[1]), content[:SECRET_BYTES], content[SECRET_BYTES:])


def _derive_successor(parent: RefreshToken, salt: str, keys: Keys) -> RefreshToken:
    content = salt.encode() + parent.secret + parent.session_id.bytes
    secret = blake2b(content, digest_size=SECRET_BYTES, key=keys.successor).digest()
    return _seal(parent.session_id, secret, keys)


def _seal(session_id: UUID, secret: bytes, keys: Keys) -> RefreshToken:
    seal = blake2b(session_id.bytes + secret, digest_size=SEAL_BYTES, key=keys.seal).digest()
    return RefreshToken(session_id, secret, seal)
