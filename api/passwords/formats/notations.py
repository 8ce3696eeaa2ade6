"""Parsing the text of a stored hash, in the notation of the system that created it."""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from enum import StrEnum
from hmac import digest as keyed_digest

from api.passwords.formats.hashes import Argon2, Bcrypt, Hash, Pbkdf2, Scrypt, ShaCrypt

MAX_HASH_LENGTH = 512  # characters, the length of the column


class HashProblem(StrEnum):
    """Why a stored hash cannot be verified."""

    UNKNOWN = "hash_unknown"
    TOO_COSTLY = "hash_too_costly"


def find_hash_problem(text: str) -> HashProblem | None:
    """Return why a hash from another system cannot be imported, or None if it can."""
    stored = read_hash(text)
    if stored is None:
        return HashProblem.UNKNOWN
    return None if stored.cost <= 1 else HashProblem.TOO_COSTLY


def read_hash(text: str) -> Hash | None:
    """Return the hash of a text, or None if its format is unknown."""
    if len(text) > MAX_HASH_LENGTH:
        return None
    for pattern, make in FORMATS:
        if parts := pattern.fullmatch(text):
            try:
                return make(parts)
            except ValueError:  # a number or a base64 text that is not canonical
                return None
    return None


def decode_base64(base64: str) -> bytes:
    """Return the bytes of a base64 text, padded or not; ``.`` stands for ``+``.

    Raises:
        ValueError: it is not the canonical text of these bytes.
    """
    text = base64.rstrip("=").replace(".", "+").encode()
    decoded = b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if b64encode(decoded).rstrip(b"=") != text:
        raise ValueError("not canonical")
    return decoded


def _read_argon2(parts: re.Match[str]) -> Hash:
    """Return an argon2 hash (RFC 9106, 3.1: at least 8 KiB for each lane)."""
    memory_kib, lanes = int(parts["memory"]), int(parts["lanes"])
    if memory_kib < 8 * lanes:
        raise ValueError("m")
    decode_base64(parts["salt"])
    decode_base64(parts["digest"])
    return Argon2(parts[0], memory_kib, int(parts["passes"]), lanes)


def _read_bcrypt(parts: re.Match[str]) -> Hash:
    return Bcrypt(parts["text"].encode())


def _read_django_bcrypt_sha256(parts: re.Match[str]) -> Hash:
    """Django hashes the hexadecimal SHA-256 of the password."""
    return Bcrypt(parts["text"].encode(), lambda it: hashlib.sha256(it).hexdigest().encode())


def _read_passlib_bcrypt_sha256(parts: re.Match[str]) -> Hash:
    """Passlib, version 2, hashes the HMAC-SHA-256 of the password under the salt."""
    salt = parts["salt"].encode()
    text = f"$2b${parts['cost']:0>2}${parts['salt']}{parts['digest']}".encode()
    return Bcrypt(text, lambda it: b64encode(keyed_digest(salt, it, "sha256")))


def _read_scrypt(parts: re.Match[str]) -> Hash:
    salt, digest = decode_base64(parts["salt"]), decode_base64(parts["digest"])
    return _require_valid(Scrypt(2 ** int(parts["log"]), *_read_block_size(parts), salt, digest))


def _read_werkzeug_scrypt(parts: re.Match[str]) -> Hash:
    salt, digest = parts["salt"].encode(), bytes.fromhex(parts["digest"])
    return _require_valid(Scrypt(int(parts["cost"]), *_read_block_size(parts), salt, digest))


def _read_django_scrypt(parts: re.Match[str]) -> Hash:
    salt, digest = parts["salt"].encode(), decode_base64(parts["digest"])
    return _require_valid(Scrypt(int(parts["cost"]), *_read_block_size(parts), salt, digest))


def _read_block_size(parts: re.Match[str]) -> tuple[int, int]:
    return int(parts["block_size"]), int(parts["lanes"])


def _require_valid(scrypt: Scrypt) -> Scrypt:
    """Return the hash if scrypt is defined for its parameters (RFC 7914, 2).

    Raises:
        ValueError: N is not a power of two above one, and below two to the bits of a block.
    """
    bits = scrypt.factor.bit_length()
    if scrypt.factor.bit_count() != 1 or not 1 < bits <= 16 * scrypt.block_size:
        raise ValueError("N")
    return scrypt


def _read_pbkdf2(parts: re.Match[str]) -> Hash:
    salt, digest = decode_base64(parts["salt"]), decode_base64(parts["digest"])
    if parts["length"] not in {None, str(len(digest))}:
        raise ValueError("l")
    return Pbkdf2(parts["function"] or "sha1", int(parts["iterations"]), salt, digest)


def _read_werkzeug_pbkdf2(parts: re.Match[str]) -> Hash:
    salt, digest = parts["salt"].encode(), bytes.fromhex(parts["digest"])
    return Pbkdf2(parts["function"], int(parts["iterations"]), salt, digest)


def _read_django_pbkdf2(parts: re.Match[str]) -> Hash:
    salt, digest = parts["salt"].encode(), decode_base64(parts["digest"])
    return Pbkdf2(parts["function"], int(parts["iterations"]), salt, digest)


def _read_sha_crypt(parts: re.Match[str]) -> Hash:
    return ShaCrypt(parts[0], int(parts["rounds"] or 5000))  # the default, which is left out


# The last character of a bcrypt salt or digest, or of a SHA-crypt digest, encodes fewer bits. So
# only some characters are canonical there.
BCRYPT_COST = r"(?P<cost>0[4-9]|[12][0-9]|3[01])"
BCRYPT_SALT = r"[./A-Za-z0-9]{21}[.Oeu]"
BCRYPT_DIGEST = r"[./A-Za-z0-9]{30}[.CGKOSWaeimquy26]"
BCRYPT = rf"(?P<text>\$2[aby]\${BCRYPT_COST}\${BCRYPT_SALT}{BCRYPT_DIGEST})"

ARGON2 = (
    r"\$argon2(?:id|i|d)(?:\$v=(?:16|19))?"
    r"\$m=(?P<memory>[1-9][0-9]{0,9}),t=(?P<passes>[1-9][0-9]{0,9}),p=(?P<lanes>[1-9][0-9]?)"
    r"\$(?P<salt>[A-Za-z0-9+/]{11,64})\$(?P<digest>[A-Za-z0-9+/]{16,86})"
)
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

FORMATS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Hash]]] = [
    (re.compile(pattern, re.ASCII), make)
    for pattern, make in (
        (ARGON2, _read_argon2),
        (rf"(?:bcrypt\$)?{BCRYPT}", _read_bcrypt),
        (rf"bcrypt_sha256\${BCRYPT}", _read_django_bcrypt_sha256),
        (BCRYPT_KEYED, _read_passlib_bcrypt_sha256),
        (SCRYPT, _read_scrypt),
        (
            rf"scrypt:{COST}:{BLOCK_SIZE}:{LANES}\${LITERAL_SALT}\${HEXADECIMAL}",
            _read_werkzeug_scrypt,
        ),
        (rf"scrypt\${COST}\${LITERAL_SALT}\${BLOCK_SIZE}\${LANES}\${DIGEST}", _read_django_scrypt),
        (PBKDF2, _read_pbkdf2),
        (rf"pbkdf2:{FUNCTION}:{ITERATIONS}\${LITERAL_SALT}\${HEXADECIMAL}", _read_werkzeug_pbkdf2),
        (rf"pbkdf2_{FUNCTION}\${ITERATIONS}\${LITERAL_SALT}\${DIGEST}", _read_django_pbkdf2),
        (rf"\$5\${SHA_CRYPT_SETTING}\$[./A-Za-z0-9]{{42}}[./0-9A-D]", _read_sha_crypt),
        (rf"\$6\${SHA_CRYPT_SETTING}\$[./A-Za-z0-9]{{85}}[./01]", _read_sha_crypt),
    )
]
