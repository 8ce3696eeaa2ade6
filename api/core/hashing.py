"""Passwords into argon2id, and matched with what is stored, behind one gate for the process.

A hash takes 19 MiB and tens of milliseconds of a processor, and lets go of the interpreter
meanwhile. Hashed wherever a request happens to run, a flood of logins starves every read and eats
the machine's memory. So hashes run on a few threads of low priority, a bounded number waits for
them, and whoever comes on top of that is asked to come back.
"""

import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import (
    HashingError,
    InvalidHashError,
    VerificationError,
    VerifyMismatchError,
)
from prometheus_client import Counter

from api.core import foreign_hashes
from api.core.errors import Overloaded
from api.core.foreign_hashes import Hash

Outcome = TypeVar("Outcome")

NICE = 10  # with it reads keep three quarters of their rate or more while logins never pause
PATIENCE = 2  # seconds that a password waits for its turn
LONGEST_GUESS = 1024  # code points; normalising takes time in the square of a run of marks

ARGON2 = re.compile(
    r"\$argon2(?:id|i|d)(?:\$v=(?:16|19))?\$m=([1-9][0-9]{0,9}),t=([1-9][0-9]{0,9}),p=([1-9][0-9]?)"
    r"\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{16,86})"
)
LARGEST_MEMORY, MOST_PASSES, MOST_LANES = 131_072, 10, 9  # KiB
MOST_WORK = 524_288  # KiB times passes: about as long as all else that is verified at most

evaluated = Counter("rollbook_password_hashes", "Passwords that were hashed", ["purpose"])


class HashProblem(StrEnum):
    """Why a stored hash is not one that we verify."""

    UNKNOWN = "hash_unknown"
    TOO_COSTLY = "hash_too_costly"


class Gate:
    """As many threads as may hash at once, and a bounded line before them.

    A place is held until the hash has ended, also when nobody waits for it any more: what counts
    is the memory in use.
    """

    def __init__(self, threads: int, queue: int) -> None:
        self.size = (threads, queue)
        self.places = threading.BoundedSemaphore(threads + queue)
        self.pool = ThreadPoolExecutor(threads, "hashing", initializer=_step_back)

    def run(self, work: Callable[..., Outcome], *arguments: Any) -> Outcome:
        if not self.places.acquire(blocking=False):
            raise Overloaded
        turn = self.pool.submit(self._take_turn, work, *arguments)
        try:
            return turn.result(timeout=PATIENCE)
        except TimeoutError:
            if turn.cancel():  # it had not begun
                self.places.release()
                raise Overloaded from None
            return turn.result()

    def _take_turn(self, work: Callable[..., Outcome], *arguments: Any) -> Outcome:
        try:
            return work(*arguments)
        finally:
            self.places.release()


def _step_back() -> None:
    """Let everyone else go first. Only Linux ranks single threads, and no rank is ever raised."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


@dataclass(frozen=True)
class Argon2:
    """What we make ourselves, and its kin."""

    text: str
    hasher: PasswordHasher

    def affordable(self) -> bool:
        memory, passes, lanes = _argon2_parameters(self.text)
        small = memory <= LARGEST_MEMORY and passes <= MOST_PASSES and lanes <= MOST_LANES
        return small and memory * passes <= MOST_WORK

    def takes(self, _password: bytes) -> bool:
        return True

    def matches(self, password: bytes) -> bool:
        try:
            return self.hasher.verify(self.text, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        except VerificationError as error:  # of a hash in good order
            raise MemoryError from error


def _argon2_parameters(text: str) -> tuple[int, int, int]:
    """Return memory, passes and lanes of a hash in good order.

    Raises:
        ValueError: it is not one; base64 that the library does not read is no lack of memory.
    """
    parts = ARGON2.fullmatch(text)
    if parts is None:
        raise ValueError("another form")
    memory, passes, lanes = (int(parts[place]) for place in (1, 2, 3))
    if memory < 8 * lanes or not all(map(foreign_hashes.octets, parts.groups()[3:])):
        raise ValueError("too little memory")
    return memory, passes, lanes


class Hashing:
    """What is in force in this process; ``configure`` replaces it."""

    def __init__(self) -> None:
        self.gate = Gate(1, 16)
        self.configure()

    def configure(
        self,
        memory_kib: int = 19_456,
        time_cost: int = 2,
        threads: int = 1,
        queue: int = 16,
    ) -> None:
        self.hasher = PasswordHasher(time_cost, memory_cost=memory_kib, parallelism=1)
        # Written by hand, so that nothing is hashed at start: no known password leads here.
        nobodys = f"$argon2id$v=19$m={memory_kib},t={time_cost},p=1${'A' * 22}${'A' * 43}"
        self.nobodys = Argon2(nobodys, self.hasher)
        if self.gate.size != (threads, queue):
            self.gate = Gate(threads, queue)

    def places(self) -> int:
        """Return how many threads may at most be waiting for a hash."""
        return sum(self.gate.size)

    def renew(self) -> None:
        """Open a gate of one's own: the threads of the parent did not come along in a fork."""
        self.gate = Gate(*self.gate.size)

    def hash_password(self, password: str) -> str:
        """Return the password as it is stored.

        Raises:
            Overloaded: too many are waiting, or there is no memory for it.
        """
        return self.gate.run(self._hash, _normal(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether the password is the stored one, whoever hashed it.

        Nothing matches ``None``, and it takes as long as a hash of ours. The same holds for what
        is not a hash that we know or would take more than we give.

        Raises:
            Overloaded: too many are waiting, or there is no memory for it.
        """
        guesses = _guesses(password)
        known = self._read(stored) if stored and guesses else None
        if known and not (known.affordable() and all(map(known.takes, guesses))):
            known = None
        matches = self.gate.run(self._matches, known or self.nobodys, guesses or [b""])
        return matches and known is not None

    def find_hash_problem(self, stored: str) -> HashProblem | None:
        """Tell why a hash from elsewhere cannot be taken over, if it cannot."""
        known = self._read(stored)
        if known is None:
            return HashProblem.UNKNOWN
        return None if known.affordable() else HashProblem.TOO_COSTLY

    def outdated(self, stored: str) -> bool:
        """Tell whether a hash was made otherwise than we make them now."""
        try:
            return self.hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    def _read(self, stored: str) -> Hash | None:
        if not stored.startswith("$argon2"):
            return foreign_hashes.read(stored)
        try:
            _argon2_parameters(stored)
        except ValueError:
            return None
        return Argon2(stored, self.hasher)

    def _hash(self, password: bytes) -> str:
        evaluated.labels("store").inc()
        try:
            return self.hasher.hash(password)
        except HashingError as error:
            raise Overloaded from error

    def _matches(self, stored: Hash, guesses: list[bytes]) -> bool:
        try:
            return any(self._is(stored, guess) for guess in guesses)
        except MemoryError as error:
            raise Overloaded from error

    @staticmethod
    def _is(stored: Hash, guess: bytes) -> bool:
        evaluated.labels("verify").inc()
        return stored.matches(guess)


def _normal(password: str) -> bytes:
    """Return what is hashed: every character counts, and é is é however it was typed.

    ASVS 6.2.8 would have it taken as it came; NIST SP 800-63B wants one normal form, without
    which a password typed on another keyboard is wrong.
    """
    return normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _guesses(password: str) -> list[bytes]:
    """Return what may have been hashed: other systems took passwords as they were typed.

    It depends on the password alone how many there are: two also for nobody. An endless password
    is none.
    """
    if len(password) > LONGEST_GUESS:
        return []
    return list(dict.fromkeys([_normal(password), password.encode("utf-8", "surrogatepass")]))


_hashing = Hashing()
os.register_at_fork(after_in_child=_hashing.renew)

configure = _hashing.configure
hash_password = _hashing.hash_password
verify = _hashing.verify
find_hash_problem = _hashing.find_hash_problem
outdated = _hashing.outdated
places = _hashing.places
