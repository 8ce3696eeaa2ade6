"""The signing keys that a process caches.

A process reads them every few seconds, so that it soon uses a new key and rejects a revoked one. It
also reads them when a token has the id of an unknown key.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from operator import attrgetter
from threading import Lock
from time import monotonic

from flask import Flask, current_app
from jwt import PyJWK

from api.core.errors import DatabaseUnavailable, SigningKeyLocked, Unauthenticated
from api.keys import service
from api.keys.models import State
from api.keys.pairs import ALGORITHMS, PrivateKeyCipher, Signer, load_public_key

EXTENSION = "rollbook.keys"
RELOAD_INTERVAL_SECONDS = 5.0
THUMBPRINT = re.compile(r"[\w-]{43}", re.ASCII)


@dataclass(frozen=True)
class CachedKeys:
    """The trusted keys, and when they were read on the monotonic clock.

    They are locked if the active one is encrypted with another ENCRYPTION_KEY.
    """

    read_at: float = float("-inf")
    signing: Signer | None = None
    verifying: dict[str, PyJWK] = field(default_factory=dict)
    is_locked: bool = False


class KeyRing:
    """Signs with the active key, and verifies with all trusted keys, each in its algorithm."""

    algorithms: Sequence[str] = ALGORITHMS

    def __init__(self, secret: str) -> None:
        self.cipher = PrivateKeyCipher(secret)
        self.cached = CachedKeys()
        self.lock = Lock()

    def get_signer(self) -> Signer:
        """Return the active key, its id and its algorithm.

        Raises:
            SigningKeyLocked: it is encrypted with another ENCRYPTION_KEY.
        """
        keys = self._load(RELOAD_INTERVAL_SECONDS)
        if keys.signing is None:
            keys = self._load(0)
        # A first key is not cached: it exists once the current transaction is committed.
        return keys.signing or service.create_first_keys(self.cipher) or self._read_signer()

    def get_verification_key(self, kid: str | None) -> PyJWK:
        """Return the public key with this id, which verifies in its own algorithm only.

        Raises:
            Unauthenticated: there is none, or it is revoked.
        """
        keys = self._load(RELOAD_INTERVAL_SECONDS)
        if kid not in keys.verifying and THUMBPRINT.fullmatch(kid or ""):
            keys = self._load(0)  # one query, as for any request with a token
        if kid is None or kid not in keys.verifying:
            raise Unauthenticated
        return keys.verifying[kid]

    def is_trusted(self, kid: str | None) -> bool:
        """Return whether tokens signed by this key are valid."""
        return kid in self._load(RELOAD_INTERVAL_SECONDS).verifying

    def is_locked(self) -> bool:
        """Return whether no token can be signed, as the process knows from its last reading."""
        return self._refresh(RELOAD_INTERVAL_SECONDS).is_locked

    def _read_signer(self) -> Signer:
        signing = self._load(0).signing
        if signing is None:
            raise DatabaseUnavailable
        return signing

    def _load(self, max_age_seconds: float) -> CachedKeys:
        """Return the keys; locked ones are read again each time, as an operator may rotate them.

        Raises:
            SigningKeyLocked: they are still locked.
        """
        keys = self._refresh(0 if self.cached.is_locked else max_age_seconds)
        if keys.is_locked:
            raise SigningKeyLocked
        return keys

    def _refresh(self, max_age_seconds: float) -> CachedKeys:
        if monotonic() - self.cached.read_at >= max_age_seconds:
            read = self._read()
            with self.lock:  # a slow thread must not replace the result of a later read
                self.cached = max(self.cached, read, key=attrgetter("read_at"))
        return self.cached

    def _read(self) -> CachedKeys:
        read_at, known = monotonic(), self.cached
        keys = service.list_trusted()
        active = next((key for key in keys if key.state == State.ACTIVE), None)
        signing = self._decrypt(active) if active else None
        public = {
            key.kid: known.verifying.get(key.kid) or load_public_key(key.public_key) for key in keys
        }
        return CachedKeys(read_at, signing, public, is_locked=bool(active and not signing))

    def _decrypt(self, active: service.Key) -> Signer | None:
        known = self.cached.signing
        if known and known.kid == active.kid:
            return known
        with suppress(SigningKeyLocked):
            return service.decrypt_private_key(active, self.cipher)
        return None


class SharedSecret:
    """Signs and verifies with HS256 and a shared secret, as the tutorial does."""

    algorithms: Sequence[str] = ("HS256",)

    def __init__(self, secret: str) -> None:
        """Set the secret; one that is shorter than the hash, as in tests, is hashed first."""
        short = len(secret.encode()) < sha256().digest_size  # RFC 7518, 3.2
        self.secret = sha256(secret.encode()).hexdigest() if short else secret

    def get_signer(self) -> Signer:
        return Signer(None, self.secret, "HS256")

    def get_verification_key(self, kid: str | None) -> str:
        if kid is not None:
            raise Unauthenticated
        return self.secret

    def is_trusted(self, kid: str | None) -> bool:
        return kid is None

    def is_locked(self) -> bool:
        return False


def current_keys() -> KeyRing | SharedSecret:
    """Return the keys of the current application.

    Raises:
        RuntimeError: there is no application context.
    """
    keys: KeyRing | SharedSecret = current_app.extensions[EXTENSION]
    return keys


def init_app(app: Flask, keys: KeyRing | SharedSecret) -> None:
    """Give an application the keys that sign its tokens."""
    app.extensions[EXTENSION] = keys
