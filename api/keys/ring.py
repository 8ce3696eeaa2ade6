"""The keys of a service as one of its processes remembers them.

A process looks again every few seconds, so that it soon signs with a new key and soon distrusts
one that has been withdrawn; and at once when it meets a key that it does not know.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from operator import attrgetter
from threading import Lock
from time import monotonic
from typing import Any

from api.core.errors import DatabaseUnavailable, Unauthenticated
from api.keys import service
from api.keys.models import State
from api.keys.pairs import ALGORITHM, PrivateKey, PublicKey, Seal, verifying

LOOK_AGAIN = 5.0  # seconds
THUMBPRINT = re.compile(r"[\w-]{43}", re.ASCII)


@dataclass(frozen=True)
class Remembered:
    read_at: float = float("-inf")
    signing: tuple[str, PrivateKey] | None = None
    verifying: dict[str, PublicKey] = field(default_factory=dict)


class KeyRing:
    """Signs and verifies with ES256."""

    algorithm = ALGORITHM

    def __init__(self, secret: str) -> None:
        self.seal = Seal(secret)
        self.commits = Remembered()
        self.lock = Lock()

    def signing(self) -> tuple[str | None, Any]:
        """Return the id of the active key, and the key.

        Raises:
            SigningKeyLocked: it lies sealed under another ENCRYPTION_KEY.
        """
        held = self._fresh(LOOK_AGAIN)
        if held.signing is None:
            held = self._fresh(0)
        # The first one is not remembered: it counts once the transaction in hand stands.
        return held.signing or service.begin(self.seal) or self._begun_by_another()

    def verifying(self, kid: str | None) -> Any:
        """Return the public key of that id.

        Raises:
            Unauthenticated: there is none, or it has been withdrawn.
        """
        held = self._fresh(LOOK_AGAIN)
        if kid not in held.verifying and THUMBPRINT.fullmatch(kid or ""):
            held = self._fresh(0)  # one query, as every request costs that has a token
        if kid is None or kid not in held.verifying:
            raise Unauthenticated
        return held.verifying[kid]

    def trusts(self, kid: str | None) -> bool:
        """Tell whether what a key has signed still counts."""
        return kid in self._fresh(LOOK_AGAIN).verifying

    def _begun_by_another(self) -> tuple[str, PrivateKey]:
        signing = self._fresh(0).signing
        if signing is None:
            raise DatabaseUnavailable
        return signing

    def _fresh(self, seconds: float) -> Remembered:
        if monotonic() - self.commits.read_at >= seconds:
            read = self._read()
            with self.lock:  # a thread that was slow to read does not undo what another has seen
                self.commits = max(self.commits, read, key=attrgetter("read_at"))
        return self.commits

    def _read(self) -> Remembered:
        read_at, known = monotonic(), self.commits
        keys = service.trusted()
        active = next((key for key in keys if key.state == State.ACTIVE), None)
        if active is None:
            signing = None
        elif known.signing and known.signing[0] == active.kid:
            signing = known.signing
        else:
            signing = (active.kid, service.opened(active, self.seal))
        public = {
            key.kid: known.verifying.get(key.kid) or verifying(key.public_key) for key in keys
        }
        return Remembered(read_at, signing, public)


class SharedSecret:
    """Signs and verifies with HS256 and the one secret, as the tutorial does."""

    algorithm = "HS256"

    def __init__(self, secret: str) -> None:
        """Take the secret; what only test suites may have, shorter than the hash, is stretched."""
        short = len(secret.encode()) < sha256().digest_size  # RFC 7518, 3.2
        self.secret = sha256(secret.encode()).hexdigest() if short else secret

    def signing(self) -> tuple[str | None, Any]:
        return None, self.secret

    def verifying(self, kid: str | None) -> Any:
        if kid is not None:
            raise Unauthenticated
        return self.secret

    def trusts(self, kid: str | None) -> bool:
        return kid is None
