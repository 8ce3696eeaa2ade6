"""Refresh tokens, ``<session>.<secret>``, of which only digests are stored.

A successor is derived from its parent, a salt and a key of the service. So a client that sends the
parent again, because the response was lost or another tab was faster, receives the same successor,
although the service does not store it.

Each token contains a message authentication code (MAC). The reuse of a token with a valid MAC means
theft, and ends the session. Without the MAC, a client that knows the id of a session could end it
with an invented token.
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
MAC_BYTES = 16
TOKEN_PATTERN = re.compile(
    r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([A-Za-z0-9_-]{64})", re.ASCII
)


class RefreshToken(NamedTuple):
    session_id: UUID
    secret: bytes
    mac: bytes

    @property
    def text(self) -> str:
        return f"{self.session_id}.{urlsafe_b64encode(self.secret + self.mac).decode()}"

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()


class DerivationKeys(NamedTuple):
    """The keys that derive successors and MACs."""

    successor: bytes
    mac: bytes


class RefreshTokens:
    """Makes and verifies the refresh tokens of one application."""

    def __init__(self, secret: str) -> None:
        self.keys = DerivationKeys(
            derive_key(secret, "refresh tokens: successor"),
            derive_key(secret, "refresh tokens: seal"),
        )
        self.legacy_keys = DerivationKeys(
            derive_legacy_key(secret, b"refresh next"), derive_legacy_key(secret, b"refresh seal")
        )

    def make_first(self, session_id: UUID) -> RefreshToken:
        """Return the first token of a session."""
        return _add_mac(session_id, secrets.key(SECRET_BYTES), self.keys)

    def make_successor(self, parent: RefreshToken, salt: str) -> RefreshToken:
        """Return the successor of a token; the same for the same salt."""
        return _derive_successor(parent, salt, self.keys)

    def find_successor(self, parent: RefreshToken, salt: str, digest: str) -> RefreshToken | None:
        """Return the successor if it has this digest, else None; version 0.1 may have made it."""
        candidates = (_derive_successor(parent, salt, keys) for keys in self._all_keys())
        return next((token for token in candidates if token.digest == digest), None)

    def has_valid_mac(self, token: RefreshToken) -> bool:
        """Return whether this service made the token, which may have been used."""
        macs = (_add_mac(token.session_id, token.secret, keys).mac for keys in self._all_keys())
        return any(hmac.compare_digest(token.mac, mac) for mac in macs)

    def _all_keys(self) -> Iterator[DerivationKeys]:
        yield self.keys
        yield self.legacy_keys


def parse_refresh_token(text: str) -> RefreshToken | None:
    """Return the token, or None if the text is not one."""
    match = TOKEN_PATTERN.fullmatch(text)
    if match is None:
        return None
    content = urlsafe_b64decode(match[2])
    return RefreshToken(UUID(match[1]), content[:SECRET_BYTES], content[SECRET_BYTES:])


def _derive_successor(parent: RefreshToken, salt: str, keys: DerivationKeys) -> RefreshToken:
    content = salt.encode() + parent.secret + parent.session_id.bytes
    secret = blake2b(content, digest_size=SECRET_BYTES, key=keys.successor).digest()
    return _add_mac(parent.session_id, secret, keys)


def _add_mac(session_id: UUID, secret: bytes, keys: DerivationKeys) -> RefreshToken:
    mac = blake2b(session_id.bytes + secret, digest_size=MAC_BYTES, key=keys.mac).digest()
    return RefreshToken(session_id, secret, mac)
