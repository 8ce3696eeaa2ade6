"""Password hashes that other systems made, read from their text, and what one may cost us.

People who come from another system keep their password: its hash is verified as that system did,
and made anew as ours at their next login. What a text claims to cost is bounded before anything is
computed, so that nobody can import a hash that stops the service.
"""

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import bcrypt

LONGEST = 255  # characters, as many as the column holds

# One verification may take about a second of a slow processor, and 128 MiB.
HIGHEST_BCRYPT_COST = 14
LARGEST_SCRYPT_MEMORY = 128 * 2**20  # bytes; N·r blocks of 128
MOST_SCRYPT_WORK = 2**21  # N·r·p
MOST_SCRYPT_LANES = 1024  # r·p, whose blocks come on top of the memory
MOST_PBKDF2_ITERATIONS = {"sha1": 3_000_000, "sha256": 3_000_000, "sha512": 1_500_000}
MOST_SHA_CRYPT_ROUNDS = 200_000  # in Python, which holds up whatever else the process does
MOST_SHA_CRYPT_OCTETS = 128 * MOST_SHA_CRYPT_ROUNDS  # a round hashes the whole password

BCRYPT_SIGNIFICANT = 72  # octets; what made the hash did not look at more


class Hash(Protocol):
    """A stored hash, in good order."""

    def affordable(self) -> bool:
        """Tell whether we are ready to pay for a verification."""

    def takes(self, password: bytes) -> bool:
        """Tell whether this password can be asked about, at that price."""

    def matches(self, password: bytes) -> bool:
        """Tell whether it is the password, in the time that the parameters say.

        Raises:
            MemoryError: there is none for it.
        """


@dataclass(frozen=True)
class Bcrypt:
    """``text`` is the hash in the notation of crypt(3), ``prepare`` what its maker did before."""

    text: bytes
    prepare: Callable[[bytes], bytes] = bytes

    def affordable(self) -> bool:
        return int(self.text[4:6]) <= HIGHEST_BCRYPT_COST

    def takes(self, _password: bytes) -> bool:
        return True

    def matches(self, password: bytes) -> bool:
        return bcrypt.checkpw(self.prepare(password)[:BCRYPT_SIGNIFICANT], self.text)


@dataclass(frozen=True)
class Scrypt:
    cost: int  # N, a power of two
    block_size: int
    lanes: int
    salt: bytes
    digest: bytes

    def affordable(self) -> bool:
        blocks = self.cost * self.block_size
        return (
            128 * blocks <= LARGEST_SCRYPT_MEMORY
            and blocks * self.lanes <= MOST_SCRYPT_WORK
            and self.block_size * self.lanes <= MOST_SCRYPT_LANES
        )

    def takes(self, _password: bytes) -> bool:
        return True

    def matches(self, password: bytes) -> bool:
        try:
            made = hashlib.scrypt(
                password,
                salt=self.salt,
                n=self.cost,
                r=self.block_size,
                p=self.lanes,
                maxmem=2 * LARGEST_SCRYPT_MEMORY,
                dklen=len(self.digest),
            )
        except ValueError as error:  # with parameters in good order
            raise MemoryError from error
        return hmac.compare_digest(made, self.digest)


@dataclass(frozen=True)
class Pbkdf2:
    function: str
    iterations: int
    salt: bytes
    digest: bytes

    def affordable(self) -> bool:
        blocks = -(-len(self.digest) // hashlib.new(self.function).digest_size)
        return self.iterations * blocks <= MOST_PBKDF2_ITERATIONS[self.function]

    def takes(self, _password: bytes) -> bool:
        return True

    def matches(self, password: bytes) -> bool:
        length = len(self.digest)
        made = hashlib.pbkdf2_hmac(self.function, password, self.salt, self.iterations, length)
        return hmac.compare_digest(made, self.digest)


@dataclass(frozen=True)
class ShaCrypt:
    text: str
    rounds: int

    def affordable(self) -> bool:
        return self.rounds <= MOST_SHA_CRYPT_ROUNDS

    def takes(self, password: bytes) -> bool:
        return b"\0" not in password and self.rounds * len(password) <= MOST_SHA_CRYPT_OCTETS

    def matches(self, password: bytes) -> bool:
        from passlib.handlers import sha2_crypt  # noqa: PLC0415  35 ms at start, mostly for nothing

        function = sha2_crypt.sha256_crypt if self.text[1] == "5" else sha2_crypt.sha512_crypt
        return bool(function.verify(password, self.text))


def read(text: str) -> Hash | None:
    """Return the hash that a text is, or None where it is none that we know."""
    if len(text) > LONGEST:
        return None
    for pattern, make in FORMS:
        if parts := pattern.fullmatch(text):
            try:
                return make(parts)
            except ValueError:  # of a base64 or a number that its maker would not have written
                return None
    return None


def octets(base64: str) -> bytes:
    """Return what a text in base64 stands for, padded or not, also where ``.`` stands for ``+``.

    Raises:
        ValueError: it is not the one way in which these octets are written.
    """
    text = base64.rstrip("=").replace(".", "+").encode()
    read = b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if b64encode(read).rstrip(b"=") != text:
        raise ValueError("not canonical")
    return read


def _bcrypt(parts: re.Match[str]) -> Hash:
    return Bcrypt(parts["text"].encode())


def _bcrypt_after_sha256(parts: re.Match[str]) -> Hash:
    """Django's: the hexadecimal digest takes the password's place."""
    return Bcrypt(parts["text"].encode(), lambda it: hashlib.sha256(it).hexdigest().encode())


def _bcrypt_after_keyed_sha256(parts: re.Match[str]) -> Hash:
    """Passlib's, version 2: a digest under the salt takes the password's place."""
    salt = parts["salt"].encode()
    text = f"$2b${parts['cost']:0>2}${parts['salt']}{parts['digest']}".encode()
    return Bcrypt(text, lambda it: b64encode(hmac.digest(salt, it, "sha256")))


def _scrypt(parts: re.Match[str]) -> Hash:
    salt, digest = octets(parts["salt"]), octets(parts["digest"])
    return _possible(Scrypt(2 ** int(parts["log"]), *_lanes(parts), salt, digest))


def _scrypt_of_werkzeug(parts: re.Match[str]) -> Hash:
    salt, digest = parts["salt"].encode(), bytes.fromhex(parts["digest"])
    return _possible(Scrypt(int(parts["cost"]), *_lanes(parts), salt, digest))


def _scrypt_of_django(parts: re.Match[str]) -> Hash:
    salt, digest = parts["salt"].encode(), octets(parts["digest"])
    return _possible(Scrypt(int(parts["cost"]), *_lanes(parts), salt, digest))


def _lanes(parts: re.Match[str]) -> tuple[int, int]:
    return int(parts["block_size"]), int(parts["lanes"])


def _possible(made: Scrypt) -> Scrypt:
    """Refuse what scrypt is not defined for (RFC 7914, 2).

    Raises:
        ValueError: N is not a power of two above one, and below two to the bits of a block.
    """
    if made.cost.bit_count() != 1 or not 1 < made.cost.bit_length() <= 16 * made.block_size:
        raise ValueError("N")
    return made


def _pbkdf2(parts: re.Match[str]) -> Hash:
    salt, digest = octets(parts["salt"]), octets(parts["digest"])
    if parts["length"] not in {None, str(len(digest))}:
        raise ValueError("l")
    return Pbkdf2(parts["function"] or "sha1", int(parts["iterations"]), salt, digest)


def _pbkdf2_of_werkzeug(parts: re.Match[str]) -> Hash:
    salt, digest = parts["salt"].encode(), bytes.fromhex(parts["digest"])
    return Pbkdf2(parts["function"], int(parts["iterations"]), salt, digest)


def _pbkdf2_of_django(parts: re.Match[str]) -> Hash:
    salt, digest = parts["salt"].encode(), octets(parts["digest"])
    return Pbkdf2(parts["function"], int(parts["iterations"]), salt, digest)


def _sha_crypt(parts: re.Match[str]) -> Hash:
    return ShaCrypt(parts[0], int(parts["rounds"] or 5000))  # the number that goes unsaid


# The last character of a bcrypt salt or digest, or of a SHA-crypt digest, holds fewer bits than it
# could: others are no way of writing it.
BCRYPT_COST = r"(?P<cost>0[4-9]|[12][0-9]|3[01])"
BCRYPT_SALT = r"[./A-Za-z0-9]{21}[.Oeu]"
BCRYPT_DIGEST = r"[./A-Za-z0-9]{30}[.CGKOSWaeimquy26]"
BCRYPT = rf"(?P<text>\$2[aby]\${BCRYPT_COST}\${BCRYPT_SALT}{BCRYPT_DIGEST})"

NUMBER = r"[1-9][0-9]{0,9}"
COST = rf"(?P<cost>{NUMBER})"
BLOCK_SIZE, LANES = r"(?P<block_size>[1-9][0-9]{0,3})", r"(?P<lanes>[1-9][0-9]{0,3})"
ITERATIONS = rf"(?P<iterations>{NUMBER})"
FUNCTION = r"(?P<function>sha1|sha256|sha512)"
LITERAL_SALT = r"(?P<salt>[!-#%-~]{1,128})"
SALT = r"(?P<salt>[A-Za-z0-9+/.]{0,128})"
DIGEST = r"(?P<digest>[A-Za-z0-9+/.]{16,86}={0,2})"
HEXADECIMAL = r"(?P<digest>(?:[0-9a-f]{2}){16,64})"

BCRYPT_KEYED = (
    r"\$bcrypt-sha256\$v=2,t=2b,r=(?P<cost>[4-9]|[12][0-9]|3[01])"
    rf"\$(?P<salt>{BCRYPT_SALT})\$(?P<digest>{BCRYPT_DIGEST})"
)
SCRYPT = rf"\$scrypt\$ln=(?P<log>[1-9]|[1-3][0-9]),r={BLOCK_SIZE},p={LANES}\${SALT}\${DIGEST}"
PBKDF2 = (
    rf"\$pbkdf2(?:-{FUNCTION})?\$(?:i=)?{ITERATIONS}(?:,l=(?P<length>[0-9]{{2}}))?"
    rf"\${SALT}\${DIGEST}"
)
SHA_CRYPT_SETTING = r"(?:rounds=(?P<rounds>[1-9][0-9]{3,8})\$)?[./A-Za-z0-9]{0,16}"

FORMS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Hash]]] = [
    (re.compile(pattern, re.ASCII), make)
    for pattern, make in (
        (rf"(?:bcrypt\$)?{BCRYPT}", _bcrypt),
        (rf"bcrypt_sha256\${BCRYPT}", _bcrypt_after_sha256),
        (BCRYPT_KEYED, _bcrypt_after_keyed_sha256),
        (SCRYPT, _scrypt),
        (
            rf"scrypt:{COST}:{BLOCK_SIZE}:{LANES}\${LITERAL_SALT}\${HEXADECIMAL}",
            _scrypt_of_werkzeug,
        ),
        (rf"scrypt\${COST}\${LITERAL_SALT}\${BLOCK_SIZE}\${LANES}\${DIGEST}", _scrypt_of_django),
        (PBKDF2, _pbkdf2),
        (rf"pbkdf2:{FUNCTION}:{ITERATIONS}\${LITERAL_SALT}\${HEXADECIMAL}", _pbkdf2_of_werkzeug),
        (rf"pbkdf2_{FUNCTION}\${ITERATIONS}\${LITERAL_SALT}\${DIGEST}", _pbkdf2_of_django),
        (rf"\$5\${SHA_CRYPT_SETTING}\$[./A-Za-z0-9]{{42}}[./0-9A-D]", _sha_crypt),
        (rf"\$6\${SHA_CRYPT_SETTING}\$[./A-Za-z0-9]{{85}}[./01]", _sha_crypt),
    )
]
