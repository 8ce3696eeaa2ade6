"""Hashes that consist of one digest, with or without a salt. They are weak.

Old systems stored them. A login replaces such a hash, as it replaces every hash of another system.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from api.passwords.formats.hashes import ForeignHash
from api.passwords.formats.problems import Part, UnknownHash

FUNCTIONS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


class WeakHash(ForeignHash):
    is_weak: ClassVar[bool] = True
    bound: ClassVar[str] = "none"
    cost: ClassVar[float] = 0.0


@dataclass(frozen=True)
class Digest(WeakHash):
    """The digest of a text that has the password between ``parts``, repeated for ``rounds``."""

    function: str
    parts: Sequence[bytes]
    digest: bytes
    rounds: int = 1

    def __post_init__(self) -> None:
        if len(self.parts) == 1:
            raise UnknownHash(Part.PARAMETER, "its format has no place for the password")
        check_size(self.function, self.digest)

    @property
    def name(self) -> str:
        salted = "with" if any(self.parts) else "without"
        return f"{self.function.upper()} {salted} a salt"

    def matches(self, password: bytes) -> bool:
        computed = password.join(self.parts)
        for _ in range(self.rounds):
            computed = compute_digest(self.function, computed)
        return hmac.compare_digest(computed, self.digest)


@dataclass(frozen=True)
class KeyedDigest(WeakHash):
    """The HMAC of the password under a key that is stored with it."""

    function: str
    key: bytes
    digest: bytes

    def __post_init__(self) -> None:
        check_size(self.function, self.digest)

    @property
    def name(self) -> str:
        return f"HMAC-{self.function.upper()}"

    def matches(self, password: bytes) -> bool:
        return hmac.compare_digest(hmac.digest(self.key, password, self.function), self.digest)


@dataclass(frozen=True)
class EitherDigest(WeakHash):
    """One of several digests that have the same notation."""

    choices: Sequence[Digest | KeyedDigest]

    @property
    def name(self) -> str:
        return " or ".join(choice.name for choice in self.choices)

    def matches(self, password: bytes) -> bool:
        return any(choice.matches(password) for choice in self.choices)


def compute_digest(function: str, octets: bytes) -> bytes:
    """Return a digest. Old systems used MD5 and SHA-1, so their hashes need them."""
    return hashlib.new(function, octets, usedforsecurity=False).digest()


def get_size(function: str) -> int:
    """Return the number of bytes of a digest."""
    return hashlib.new(function, usedforsecurity=False).digest_size


def check_size(function: str, digest: bytes) -> None:
    """Check that a digest has the size of its function.

    Raises:
        UnknownHash: it has another size.
    """
    if len(digest) != get_size(function):
        raise UnknownHash(Part.LENGTH, f"its digest has not the length of {function.upper()}")
