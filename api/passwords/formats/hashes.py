"""The hash functions of libraries in C, and the cost of one verification.

A user who comes from another system keeps the password. Its hash is verified as that system did,
and replaced by a hash of this service at the next login. The cost is calculated from the parameters
in the text before a hash is computed, so that an imported hash cannot stop the service.

``cost`` is a share of the maximum time of a verification, which is about a second on a slow
processor. The bounds admit the default parameters of the usual libraries.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

MAX_BCRYPT_COST = 14
MAX_BCRYPT_PASSWORD_BYTES = 72  # the function ignores the rest
MAX_SCRYPT_MEMORY_BYTES = 128 * 2**20  # 128 · N · r
MAX_SCRYPT_WORK = 2**21  # N·r·p
MAX_SCRYPT_LANES = 1024  # r·p; these blocks use additional memory
MAX_PBKDF2_ITERATIONS = {
    "md5": 3_000_000,
    "sha1": 3_000_000,
    "sha224": 3_000_000,
    "sha256": 3_000_000,
    "sha384": 1_500_000,
    "sha512": 1_500_000,
}
MAX_ARGON2_MEMORY_KIB = 131_072
MAX_ARGON2_PASSES = 10
MAX_ARGON2_LANES = 16  # each is a thread
MAX_ARGON2_WORK = 1_048_576  # KiB times passes

TOO_COSTLY = float("inf")

VERIFIER = PasswordHasher()  # it reads the parameters from the hash


class Hash(Protocol):
    """A well-formed stored hash."""

    @property
    def name(self) -> str:
        """The name of the function, with its parameters."""

    @property
    def bound(self) -> str:
        """The maximum of the parameters, for the message about a hash that is too costly."""

    @property
    def is_weak(self) -> bool:
        """Whether a password is guessed quickly from this hash."""

    @property
    def needs_process(self) -> bool:
        """Whether it is verified in a process of its own."""

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

    is_weak: ClassVar[bool] = False
    needs_process: ClassVar[bool] = False

    def accepts(self, _password: bytes) -> bool:
        return True


@dataclass(frozen=True)
class Argon2:
    """The format of this service, perhaps with other parameters."""

    text: str
    memory_kib: int
    passes: int
    lanes: int

    is_weak: ClassVar[bool] = False
    needs_process: ClassVar[bool] = False
    bound: ClassVar[str] = (
        f"argon2 up to {MAX_ARGON2_MEMORY_KIB // 1024} MiB, {MAX_ARGON2_PASSES} passes, "
        f"{MAX_ARGON2_LANES} lanes, and {MAX_ARGON2_WORK // 1024} MiB over all passes"
    )

    @property
    def name(self) -> str:
        return f"argon2 with m={self.memory_kib}, t={self.passes}, p={self.lanes}"

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
    """``text`` is the hash in the notation of crypt(3)."""

    text: bytes

    bound: ClassVar[str] = f"bcrypt up to cost {MAX_BCRYPT_COST}"

    @property
    def name(self) -> str:
        return f"bcrypt with cost {self.log_rounds}"

    @property
    def log_rounds(self) -> int:
        return int(self.text[4:6])

    @property
    def cost(self) -> float:
        return float(2 ** (self.log_rounds - MAX_BCRYPT_COST))

    def matches(self, password: bytes) -> bool:
        return bcrypt.checkpw(password[:MAX_BCRYPT_PASSWORD_BYTES], self.text)


@dataclass(frozen=True)
class Scrypt(ForeignHash):
    """``factor`` is N of RFC 7914, a power of two."""

    factor: int
    block_size: int
    lanes: int
    salt: bytes
    digest: bytes

    bound: ClassVar[str] = "scrypt up to 128 MiB (128·N·r), and N·r·p up to 2^21"

    @property
    def name(self) -> str:
        return f"scrypt with N={self.factor}, r={self.block_size}, p={self.lanes}"

    @property
    def cost(self) -> float:
        blocks = self.factor * self.block_size
        if 128 * blocks > MAX_SCRYPT_MEMORY_BYTES:
            return TOO_COSTLY
        if self.block_size * self.lanes > MAX_SCRYPT_LANES:
            return TOO_COSTLY
        return blocks * self.lanes / MAX_SCRYPT_WORK

    def derive(self, password: bytes, length: int) -> bytes:
        """Return the key that scrypt derives from the password.

        Raises:
            MemoryError: there is not enough memory.
        """
        try:
            return hashlib.scrypt(
                password,
                salt=self.salt,
                n=self.factor,
                r=self.block_size,
                p=self.lanes,
                maxmem=2 * MAX_SCRYPT_MEMORY_BYTES,
                dklen=length,
            )
        except ValueError as error:  # the parameters are valid, so there is too little memory
            raise MemoryError from error

    def matches(self, password: bytes) -> bool:
        return hmac.compare_digest(self.derive(password, len(self.digest)), self.digest)


@dataclass(frozen=True)
class Pbkdf2(ForeignHash):
    """Only the first block of the digest is compared. Each further block takes as long again."""

    function: str
    iterations: int
    salt: bytes
    digest: bytes

    @property
    def name(self) -> str:
        return f"PBKDF2-{self.function.upper()} with {self.iterations} iterations"

    @property
    def bound(self) -> str:
        return f"PBKDF2 up to {MAX_PBKDF2_ITERATIONS[self.function]} iterations"

    @property
    def cost(self) -> float:
        return self.iterations / MAX_PBKDF2_ITERATIONS[self.function]

    def matches(self, password: bytes) -> bool:
        block = self.digest[: hashlib.new(self.function).digest_size]
        computed = hashlib.pbkdf2_hmac(
            self.function, password, self.salt, self.iterations, len(block)
        )
        return hmac.compare_digest(computed, block)


@dataclass(frozen=True)
class Wrapped:
    """A hash whose bound and strength are those of another one, which it contains."""

    inner: Hash

    @property
    def bound(self) -> str:
        return self.inner.bound

    @property
    def is_weak(self) -> bool:
        return self.inner.is_weak

    @property
    def needs_process(self) -> bool:
        return self.inner.needs_process


@dataclass(frozen=True)
class Prepared(Wrapped):
    """A hash of a value that the other system made from the password."""

    prepare: Callable[[bytes], bytes]
    preparation: str

    @property
    def name(self) -> str:
        return f"{self.inner.name}, over {self.preparation}"

    @property
    def cost(self) -> float:
        return self.inner.cost

    def accepts(self, password: bytes) -> bool:
        return self.inner.accepts(self.prepare(password))

    def matches(self, password: bytes) -> bool:
        return self.inner.matches(self.prepare(password))
