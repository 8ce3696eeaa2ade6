"""Refresh tokens: `<session>.<secret>`, of which the service keeps digests alone.

A successor follows from the token before it, a salt and a key of the service. So whoever asks again
with the same parent, because the answer got lost or another tab was quicker, is given the same
successor, although nothing is stored that could be given out.

A seal tells a spent token of ours, whose return means theft, from a made-up one, by which anyone
who knows the id of a session could end it.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import NamedTuple
from uuid import UUID

from api.core import secrets

SECRET = 32  # bytes: 256 bits
SEAL = 16
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


def first(session_id: UUID, key: str) -> RefreshToken:
    return _sealed(session_id, secrets.key(SECRET), key)


def successor(parent: RefreshToken, salt: str, key: str) -> RefreshToken:
    content = salt.encode() + parent.secret + parent.session_id.bytes
    secret = blake2b(content, digest_size=SECRET, key=_key(key, b"next")).digest()
    return _sealed(parent.session_id, secret, key)


def read(text: str) -> RefreshToken | None:
    """Return what a token says, or None where it has not the form of one."""
    match = FORM.fullmatch(text)
    if match is None:
        return None
    content = urlsafe_b64decode(match[2])
    return RefreshToken(UUID(match[1]), content[:SECRET], content[SECRET:])


def is_ours(token: RefreshToken, key: str) -> bool:
    """Tell whether it was issued here, now or once."""
    return hmac.compare_digest(token.seal, _sealed(token.session_id, token.secret, key).seal)


def _sealed(session_id: UUID, secret: bytes, key: str) -> RefreshToken:
    seal = blake2b(session_id.bytes + secret, digest_size=SEAL, key=_key(key, b"seal")).digest()
    return RefreshToken(session_id, secret, seal)


@lru_cache(maxsize=8)
def _key(key: str, use: bytes) -> bytes:
    return blake2b(key.encode(), digest_size=32, person=b"refresh " + use).digest()
