"""Passwords into argon2id and back, behind one gate for the whole process.

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

from api.core.errors import Overloaded

Outcome = TypeVar("Outcome")

NICE = 10  # with it reads keep three quarters of their rate or more while logins never pause
PATIENCE = 2  # seconds that a password waits for its turn
LONGEST_GUESS = 1024  # code points; normalising takes time in the square of a run of marks

# What is verified at most: 128 MiB, 10 passes, 9 lanes, and at least the 8 KiB a lane needs.
STORED = re.compile(
    r"\$argon2id\$v=19\$m=([0-9]{1,6}),t=([1-9]|10),p=([1-9])"
    r"\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{16,86}"
)
LARGEST_MEMORY = 131_072  # KiB

evaluated = Counter("rollbook_password_hashes", "Passwords that went through argon2id", ["purpose"])


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
        self.nobodys = f"$argon2id$v=19$m={memory_kib},t={time_cost},p=1${'A' * 22}${'A' * 43}"
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
        return self.gate.run(self._hash, _significant(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether the password is the stored one.

        Nothing matches ``None``, and it takes as long as anything else. The same holds for what
        is not a hash of ours or would take more than we give.

        Raises:
            Overloaded: too many are waiting, or there is no memory for it.
        """
        known = stored if stored and _affordable(stored) else None
        if len(password) > LONGEST_GUESS:
            known, password = None, ""
        matches = self.gate.run(self._matches, known or self.nobodys, _significant(password))
        return matches and known is not None

    def outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with other parameters than those in force."""
        try:
            return self.hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    def _hash(self, password: bytes) -> str:
        evaluated.labels("store").inc()
        try:
            return self.hasher.hash(password)
        except HashingError as error:
            raise Overloaded from error

    def _matches(self, stored: str, password: bytes) -> bool:
        evaluated.labels("verify").inc()
        try:
            return self.hasher.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        except VerificationError as error:  # of a hash in good order: there is no memory for it
            raise Overloaded from error


def _significant(password: str) -> bytes:
    """Return what is hashed: every character counts, and é is é however it was typed.

    ASVS 6.2.8 would have it taken as it came; NIST SP 800-63B wants one normal form, without
    which a password typed on another keyboard is wrong.
    """
    return normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _affordable(stored: str) -> bool:
    parts = STORED.fullmatch(stored)
    return parts is not None and 8 * int(parts[3]) <= int(parts[1]) <= LARGEST_MEMORY


_hashing = Hashing()
os.register_at_fork(after_in_child=_hashing.renew)

configure = _hashing.configure
hash_password = _hashing.hash_password
verify = _hashing.verify
outdated = _hashing.outdated
places = _hashing.places
