"""The signing keys that a process caches.

A process reads them every few seconds, so that it soon uses a new key and rejects a revoked one. It
also reads them when a token has the id of an unknown key.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from operator import attrgetter
from threading import Lock
from time import monotonic

from jwt import PyJWK

from api.core.errors import DatabaseUnavailable, Unauthenticated
from api.keys import service
from api.keys.models import State
from api.keys.pairs import ALGORITHMS, PrivateKeyCipher, Signer, load_public_key

RELOAD_INTERVAL_SECONDS = 5.0
THUMBPRINT = re.compile(r"[\w-]{43}", re.ASCII)


@dataclass(frozen=True)
class CachedKeys:
    """The trusted keys, and when they were read on the monotonic clock."""

    read_at: float = float("-inf")
    signing: Signer | None = None
    verifying: dict[str, PyJWK] = field(default_factory=dict)


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

    def _read_signer(self) -> Signer:
        signing = self._load(0).signing
        if signing is None:
            raise DatabaseUnavailable
        return signing

    def _load(self, max_age_seconds: float) -> CachedKeys:
        if monotonic() - self.cached.read_at >= max_age_seconds:
            read = self._read()
            with self.lock:  # a slow thread must not replace the result of a later read
                self.cached = max(self.cached, read, key=attrgetter("read_at"))
        return self.cached

    def _read(self) -> CachedKeys:
        read_at, known = monotonic(), self.cached
        keys = service.list_trusted()
        active = next((key for key in keys if key.state == State.ACTIVE), None)
        if active is None:
            signing = None
        elif known.signing and known.signing.kid == active.kid:
            signing = known.signing
        else:
            signing = service.decrypt_private_key(active, self.cipher)
        public = {
            key.kid: known.verifying.get(key.kid) or load_public_key(key.public_key) for key in keys
        }
        return CachedKeys(read_at, signing, public)


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
