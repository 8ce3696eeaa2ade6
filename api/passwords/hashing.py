"""Hashing passwords with argon2id and verifying them, behind two limiters.

Each application has its own ``PasswordHashing``, so that two applications of one process may have
different settings. Hashes of other systems that are costly to verify have their own limiter, so
that logins to such accounts do not delay the others.
"""

from collections.abc import Sequence
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import HashingError, InvalidHashError
from flask import Flask, current_app
from prometheus_client import Counter

from api.config import COSTLY_HASH_QUEUE, COSTLY_HASH_THREADS, Settings
from api.core.errors import Overloaded
from api.core.outages import log_outage
from api.passwords.formats import notations
from api.passwords.formats.hashes import Argon2, Hash
from api.passwords.formats.keys import NO_KEYS, HashKeys, make_keys
from api.passwords.formats.problems import HashProblem
from api.passwords.limiter import Limiter

EXTENSION = "rollbook.hashing"

NICE = 10  # reads keep at least 75 % of their rate during constant logins
COSTLY_NICE = 19
COSTLY_SHARE = 0.35  # of the maximum cost: bcrypt 13, PBKDF2-SHA256 with 1,050,000 iterations
MAX_GUESS_LENGTH = 1024  # code points; normalising many combining marks takes quadratic time

PURPOSES = ("store", "verify")
hashes_computed = Counter("rollbook_password_hashes", "Passwords that were hashed", ["purpose"])


class PasswordHashing:
    """Hashes and verifies the passwords of one application.

    ``threads`` is the number of hashes computed at once, ``queue`` the number that may wait.
    ``keys`` are those of the systems from which hashes were imported.
    """

    def __init__(
        self,
        *,
        memory_kib: int = 19_456,
        time_cost: int = 2,
        threads: int = 1,
        queue: int = 16,
        keys: HashKeys = NO_KEYS,
    ) -> None:
        self.keys = keys
        self.hasher = PasswordHasher(time_cost, memory_cost=memory_kib, parallelism=1)
        # No known password has this digest. It is a constant, so that no hash is computed for it.
        decoy = f"$argon2id$v=19$m={memory_kib},t={time_cost},p=1${'A' * 22}${'A' * 43}"
        self.decoy_hash = decoy
        self.decoy = Argon2(decoy, memory_kib, time_cost, 1)
        self.costly_share = max(COSTLY_SHARE, self.decoy.cost)
        self.limiter = Limiter(threads, queue, nice=NICE)
        self.costly_limiter = Limiter(
            COSTLY_HASH_THREADS, COSTLY_HASH_QUEUE, nice=COSTLY_NICE, name="costly"
        )

    def hash_password(self, password: str) -> str:
        """Return the argon2id hash of the password.

        Raises:
            Overloaded: too many hashes wait, or there is not enough memory.
        """
        return self.limiter.run(self._hash, normalize_password(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Return whether the password matches the stored hash, in any supported format.

        None, an unknown format and a hash with too high a cost match no password. They take as long
        as a hash of this service. So does a wrong password for a hash that is cheaper.

        Raises:
            Overloaded: too many hashes wait, or there is not enough memory.
        """
        forms = _list_forms(password)
        known = self._read(stored) if stored and forms else None
        if known and not (known.cost <= 1 and all(map(known.accepts, forms))):
            known = None
        if known is None:
            self._log_problem(stored)
            self.limiter.run(self._verify, self.decoy, forms or [b""])
            return False
        if stored and self.is_outdated(stored):
            forms.reverse()  # other systems hash the password as it was entered
        if known.cost * len(forms) > self.costly_share:
            forms = forms[:1]
        limiter = self.costly_limiter if self._is_costly(known) else self.limiter
        matches = limiter.run(self._verify, known, forms)
        if not matches and known.cost < self.decoy.cost:
            self.limiter.run(self._verify, self.decoy, forms[:1])
        return matches

    def is_costly(self, stored: str | None) -> bool:
        """Return whether a verification takes far longer than for a hash of this service.

        Without a hash it reads the decoy, which takes as long.
        """
        known = self._read(stored or self.decoy_hash)
        return known is not None and self._is_costly(known)

    def find_problem(self, password_hash: str) -> HashProblem | None:
        """Return why a hash from another system cannot be imported, or None if it can."""
        return notations.find_hash_problem(password_hash, self.keys)

    def find_warning(self, password_hash: str) -> str | None:
        """Return why a hash that can be imported is weak, or None if it is not."""
        return notations.find_hash_warning(password_hash, self.keys)

    def describe(self, stored: str) -> str | None:
        """Return the name and the parameters of a hash, or None if its format is unknown."""
        known = self._read(stored)
        return known.name if known else None

    def is_outdated(self, stored: str) -> bool:
        """Return whether the hash has another format or other parameters than new hashes."""
        try:
            return self.hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    def _read(self, stored: str) -> Hash | None:
        return notations.read_hash(stored, self.keys)

    def _log_problem(self, stored: str | None) -> None:
        """Log why no password matches a hash, for example because its pepper is not configured."""
        if problem := self.find_problem(stored) if stored else None:
            log_outage("hash.unusable", reason=problem.message)

    def _is_costly(self, known: Hash) -> bool:
        return known.cost <= 1 and (known.needs_process or known.cost > self.costly_share)

    def _hash(self, password: bytes) -> str:
        hashes_computed.labels("store").inc()
        try:
            return self.hasher.hash(password)
        except HashingError as error:
            raise Overloaded from error

    def _verify(self, known: Hash, forms: Sequence[bytes]) -> bool:
        try:
            return any(_matches(known, form) for form in forms)
        except MemoryError as error:
            raise Overloaded from error


def _matches(known: Hash, password: bytes) -> bool:
    hashes_computed.labels("verify").inc()
    return known.matches(password)


def normalize_password(password: str) -> bytes:
    """Return the form that is hashed: NFKC, all characters (NIST SP 800-63B, 3.1.1.2).

    ASVS 6.2.8 requires the unchanged password, but another keyboard may send another Unicode form.
    """
    return normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _list_forms(password: str) -> list[bytes]:
    """Return the forms of the password that may have been hashed, the normalised one first.

    Other systems hash the password as it was entered. The number of forms depends only on the
    password, so it is the same for an unknown account. A password that is too long has none.
    """
    if len(password) > MAX_GUESS_LENGTH:
        return []
    return list(
        dict.fromkeys([normalize_password(password), password.encode("utf-8", "surrogatepass")])
    )


def current_hashing() -> PasswordHashing:
    """Return the hashing of the current application.

    Raises:
        RuntimeError: there is no application context.
    """
    hashing: PasswordHashing = current_app.extensions[EXTENSION]
    return hashing


def init_app(app: Flask, settings: Settings) -> None:
    """Give an application a ``PasswordHashing`` with its settings."""
    for purpose in PURPOSES:
        hashes_computed.labels(purpose)  # exists with 0 before the first hash
    app.extensions[EXTENSION] = make_hashing(settings)


def make_hashing(settings: Settings) -> PasswordHashing:
    return PasswordHashing(
        memory_kib=settings.argon2_memory_kib,
        time_cost=settings.argon2_time_cost,
        threads=settings.hash_threads,
        queue=settings.hash_queue,
        keys=make_keys(settings.password_peppers, settings.firebase_scrypt),
    )


def hash_password(password: str) -> str:
    """Hash a password as ``PasswordHashing.hash_password`` does."""
    return current_hashing().hash_password(password)


def verify(stored: str | None, password: str) -> bool:
    """Verify a password as ``PasswordHashing.verify`` does."""
    return current_hashing().verify(stored, password)
