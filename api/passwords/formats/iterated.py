"""Hash functions that are computed in Python, in a process of their own if that takes long.

Python holds the interpreter lock while it computes them. In the same process they would delay all
other requests. Run as a script, this module verifies one password: it reads scheme, hash and
password from standard input and writes the result. It imports no other module of the service.
"""

import hashlib
import hmac
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

MAX_ROUNDS = 1_000_000
MAX_ROUND_BYTES = 128 * MAX_ROUNDS  # a round hashes the whole password
MAX_ROUNDS_IN_PROCESS = 40_000  # about 20 ms
MAX_PROCESS_SECONDS = 120  # it has the lowest priority
PROCESS_NICE = 19
DRUPAL = "drupal"
DRUPAL_SETTING_LENGTH, DRUPAL_LENGTH = 12, 55
MATCHES, DIFFERS = b"matches", b"differs"
WEAK_SCHEMES = frozenset({"des_crypt", "md5_crypt", "apr_md5_crypt"})


@dataclass(frozen=True)
class IteratedHash:
    """A hash whose function passlib computes; ``scheme`` is the name that passlib uses."""

    scheme: str
    text: str
    rounds: int

    bound: ClassVar[str] = f"SHA-crypt, phpass and the like up to {MAX_ROUNDS} rounds"

    @property
    def name(self) -> str:
        return f"{self.scheme} with {self.rounds} rounds"

    @property
    def is_weak(self) -> bool:
        return self.scheme in WEAK_SCHEMES

    @property
    def needs_process(self) -> bool:
        return self.rounds > MAX_ROUNDS_IN_PROCESS

    @property
    def cost(self) -> float:
        return self.rounds / MAX_ROUNDS

    def accepts(self, password: bytes) -> bool:
        return b"\0" not in password and self.rounds * len(password) <= MAX_ROUND_BYTES

    def matches(self, password: bytes) -> bool:
        verifier = verify_in_process if self.needs_process else verify
        return verifier(self.scheme, self.text, password)


def verify(scheme: str, text: str, password: bytes) -> bool:
    """Return whether a password matches, in this thread."""
    if scheme == DRUPAL:
        return hmac.compare_digest(_hash_as_drupal(text, password), text)
    from passlib import hash as handlers  # noqa: PLC0415  35 ms at start, rarely needed

    return bool(getattr(handlers, scheme).verify(password, text))


def verify_in_process(scheme: str, text: str, password: bytes) -> bool:
    """Return whether a password matches, in a process of low priority.

    Raises:
        MemoryError: the process failed.
    """
    try:
        done = subprocess.run(  # noqa: S603  this module
            [sys.executable, "-P", __file__],
            input=b"\n".join([scheme.encode(), text.encode(), password]),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MAX_PROCESS_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise MemoryError from error
    return done.stdout == MATCHES


def _hash_as_drupal(text: str, password: bytes) -> str:
    """Return the hash of Drupal 7: phpass with SHA-512, and a shorter digest."""
    from passlib.utils.binary import h64  # noqa: PLC0415  as above

    digest = hashlib.sha512(text[4:DRUPAL_SETTING_LENGTH].encode() + password).digest()
    for _ in range(2 ** h64.decode_int6(text[3].encode())):
        digest = hashlib.sha512(digest + password).digest()
    encoded: str = h64.encode_bytes(digest).decode()
    return (text[:DRUPAL_SETTING_LENGTH] + encoded)[:DRUPAL_LENGTH]


def _main() -> None:
    with suppress(OSError):
        os.nice(PROCESS_NICE)
    scheme, text, password = sys.stdin.buffer.read().split(b"\n", 2)
    result = verify(scheme.decode(), text.decode(), password)
    sys.stdout.buffer.write(MATCHES if result else DIFFERS)


if __name__ == "__main__":
    _main()
