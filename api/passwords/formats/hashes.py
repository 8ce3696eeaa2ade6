"""The hash functions, and the cost of one verification.

A user who comes from another system keeps the password. Its hash is verified as that system did,
and replaced by a hash of this service at the next login. The cost is calculated from the parameters
in the text before a hash is computed, so that an imported hash cannot stop the service.

``cost`` is a share of the maximum time of a verification, which is about a second on a slow
processor.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

MAX_BCRYPT_COST = 14
MAX_BCRYPT_PASSWORD_BYTES = 72  # the function ignores the rest
MAX_SCRYPT_MEMORY_BYTES = 128 * 2**20  # 128 · N · r
MAX_SCRYPT_WORK = 2**21  # N·r·p
MAX_SCRYPT_LANES = 1024  # r·p; these blocks use additional memory
MAX_PBKDF2_ITERATIONS = {"sha1": 3_000_000, "sha256": 3_000_000, "sha512": 1_500_000}
MAX_SHA_CRYPT_ROUNDS = 200_000  # computed in Python, which holds the interpreter lock
MAX_SHA_CRYPT_BYTES = 128 * MAX_SHA_CRYPT_ROUNDS  # a round hashes the whole password
MAX_ARGON2_MEMORY_KIB = 131_072
MAX_ARGON2_PASSES = 10
MAX_ARGON2_LANES = 9
MAX_ARGON2_WORK = 524_288  # KiB times passes

TOO_COSTLY = float("inf")

VERIFIER = PasswordHasher()  # it reads the parameters from the hash


class Hash(Protocol):
    """A well-formed stored hash."""

    is_foreign: bool  # made by another system, which hashes the password as it was entered

    @property
    def cost(self) -> float:
        """The cost of a verification as a share of the maximum. Above 1 it is not verified."""

    def accepts(self, password: bytes) -> bool:
        """Return whether this password can be verified at that cost."""

    def matches(self, password: bytes) -> bool:
        """Return whether this is the hash of the password.

        Raises:
            MemoryError: there is not enough memory.
        """


class ForeignHash:
    """The common part of the hashes of other systems."""

    is_foreign = True

    def accepts(self, _password: bytes) -> bool:
        return True


@dataclass(frozen=True)
class Argon2:
    """The format of this service, perhaps with other parameters."""

    text: str
    memory_kib: int
    passes: int
    lanes: int

    is_foreign = False

    @property
    def cost(self) -> float:
        if self.memory_kib > MAX_ARGON2_MEMORY_KIB or self.passes > MAX_ARGON2_PASSES:
            return TOO_COSTLY
        if self.lanes > MAX_ARGON2_LANES:
            return TOO_COSTLY
        return self.memory_kib * self.passes / MAX_ARGON2_WORK

    def accepts(self, _password: bytes) -> bool:
        return True

    def matches(self, password: bytes) -> bool:
        try:
            return VERIFIER.verify(self.text, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        except VerificationError as error:  # the hash is well-formed, so there is too little memory
            raise MemoryError from error


@dataclass(frozen=True)
class Bcrypt(ForeignHash):
    """``text`` is the hash in the notation of crypt(3). ``prepare`` changes the password before."""

    text: bytes
    prepare: Callable[[bytes], bytes] = bytes

    @property
    def cost(self) -> float:
        return float(2 ** (int(self.text[4:6]) - MAX_BCRYPT_COST))

    def matches(self, password: bytes) -> bool:
        return bcrypt.checkpw(self.prepare(password)[:MAX_BCRYPT_PASSWORD_BYTES], self.text)


@dataclass(frozen=True)
class Scrypt(ForeignHash):
    """``factor`` is N of RFC 7914, a power of two."""

    factor: int
    block_size: int
    lanes: int
    salt: bytes
    digest: bytes

    @property
    def cost(self) -> float:
        blocks = self.factor * self.block_size
        if 128 * blocks > MAX_SCRYPT_MEMORY_BYTES:
            return TOO_COSTLY
        if self.block_size * self.lanes > MAX_SCRYPT_LANES:
            return TOO_COSTLY
        return blocks * self.lanes / MAX_SCRYPT_WORK

    def matches(self, password: bytes) -> bool:
        try:
            computed = hashlib.scrypt(
                password,
                salt=self.salt,
                n=self.factor,
                r=self.block_size,
                p=self.lanes,
                maxmem=2 * MAX_SCRYPT_MEMORY_BYTES,
                dklen=len(self.digest),
            )
        except ValueError as error:  # the parameters are valid, so there is too little memory
            raise MemoryError from error
        return hmac.compare_digest(computed, self.digest)


@dataclass(frozen=True)
class Pbkdf2(ForeignHash):
    function: str
    iterations: int
    salt: bytes
    digest: bytes

    @property
    def cost(self) -> float:
        blocks = -(-len(self.digest) // hashlib.new(self.function).digest_size)
        return self.iterations * blocks / MAX_PBKDF2_ITERATIONS[self.function]

    def matches(self, password: bytes) -> bool:
        length = len(self.digest)
        computed = hashlib.pbkdf2_hmac(self.function, password, self.salt, self.iterations, length)
        return hmac.compare_digest(computed, self.digest)


@dataclass(frozen=True)
class ShaCrypt(ForeignHash):
    text: str
    rounds: int

    @property
    def cost(self) -> float:
        return self.rounds / MAX_SHA_CRYPT_ROUNDS

    def accepts(self, password: bytes) -> bool:
        return b"\0" not in password and self.rounds * len(password) <= MAX_SHA_CRYPT_BYTES

    def matches(self, password: bytes) -> bool:
        from passlib.handlers import sha2_crypt  # noqa: PLC0415  35 ms at start, rarely needed

        function = sha2_crypt.sha256_crypt if self.text[1] == "5" else sha2_crypt.sha512_crypt
        return bool(function.verify(password, self.text))
