"""Hashes in the notation of the password hashing competition (PHC) and of passlib.

They begin with ``$``, the name of the function and ``$``.
"""

import re
from hashlib import sha256
from hmac import digest as keyed_digest

from api.passwords.formats.digests import FUNCTIONS
from api.passwords.formats.encodings import (
    check_digest,
    encode_base64,
    encode_padded_base64,
    match_fields,
    read_base64,
    read_number,
    read_parameters,
)
from api.passwords.formats.hashes import Argon2, Bcrypt, Hash, Pbkdf2, Prepared, Scrypt
from api.passwords.formats.problems import Part, UnknownHash

ARGON2 = re.compile(
    r"\$(?P<kind>argon2(?:id|i|d))(?:\$v=(?P<version>[^$]*))?"
    r"\$(?P<parameters>[^$]*)\$(?P<salt>[^$]*)\$(?P<digest>[^$]*)"
)
ARGON2_VERSIONS = {None: "", "16": "$v=16", "19": "$v=19"}
MIN_ARGON2_SALT_BYTES, MAX_ARGON2_SALT_BYTES, MAX_ARGON2_DIGEST_BYTES = 8, 48, 64
MAX_LOG_FACTOR = 63  # a greater number is N itself, as Kratos writes it
SCRYPT = re.compile(r"\$scrypt\$(?P<parameters>[^$]*)\$(?P<salt>[^$]*)\$(?P<digest>[^$]*)")
PBKDF2 = re.compile(
    r"\$pbkdf2(?:-(?P<function>[^$]*))?\$(?:i=)?(?P<iterations>[^$,]*)(?:,l=(?P<length>[^$,]*))?"
    r"\$(?P<salt>[^$]*)\$(?P<digest>[^$]*)"
)
# The last character of a bcrypt salt or digest encodes fewer bits. So only some are canonical.
BCRYPT_SALT = r"[./A-Za-z0-9]{21}[.Oeu]"
BCRYPT_DIGEST = r"[./A-Za-z0-9]{30}[.CGKOSWaeimquy26]"
BCRYPT_KEYED = re.compile(
    r"\$bcrypt-sha256\$(?:(?P<version>v=2),t=2b,r=|2[ab],)(?P<cost>[4-9]|[12][0-9]|3[01])"
    rf"\$(?P<salt>{BCRYPT_SALT})\$(?P<digest>{BCRYPT_DIGEST})"
)


def read_argon2(text: str) -> Hash:
    """Return an argon2 hash (RFC 9106, 3.1: at least 8 KiB for each lane)."""
    fields = match_fields(ARGON2, text)
    memory_kib, passes, lanes = read_parameters(fields["parameters"], "m", "t", "p")
    if memory_kib < 8 * lanes:
        raise UnknownHash(Part.PARAMETER, "its parameter m is below 8 times p")
    if fields["version"] not in ARGON2_VERSIONS:
        raise UnknownHash(Part.PARAMETER, "its parameter v is neither 16 nor 19")
    salt, digest = read_base64(fields["salt"], "salt"), _read_digest(fields)
    if not MIN_ARGON2_SALT_BYTES <= len(salt) <= MAX_ARGON2_SALT_BYTES:
        raise UnknownHash(Part.LENGTH, "its salt has fewer than 8 or more than 48 bytes")
    if len(digest) > MAX_ARGON2_DIGEST_BYTES:
        raise UnknownHash(Part.LENGTH, "its digest has more than 64 bytes")
    setting = f"${fields['kind']}{ARGON2_VERSIONS[fields['version']]}"
    canonical = f"{setting}$m={memory_kib},t={passes},p={lanes}"
    canonical += f"${encode_base64(salt)}${encode_base64(digest)}"
    return Argon2(canonical, memory_kib, passes, lanes)


def read_scrypt(text: str) -> Hash:
    fields = match_fields(SCRYPT, text)
    log_factor, block_size, lanes = read_parameters(fields["parameters"], "ln", "r", "p")
    factor = 2**log_factor if log_factor <= MAX_LOG_FACTOR else log_factor
    salt = read_base64(fields["salt"], "salt")
    return make_scrypt(factor, block_size, lanes, salt, _read_digest(fields))


def make_scrypt(factor: int, block_size: int, lanes: int, salt: bytes, digest: bytes) -> Scrypt:
    """Return a hash if scrypt is defined for its parameters (RFC 7914, 2).

    Raises:
        UnknownHash: N is not a power of two above one, and below two to the bits of a block.
    """
    bits = factor.bit_length()
    if factor.bit_count() != 1 or not 1 < bits <= 16 * block_size:
        raise UnknownHash(Part.PARAMETER, "its parameter N is not a power of two that r allows")
    return Scrypt(factor, block_size, lanes, salt, digest)


def read_pbkdf2(text: str) -> Hash:
    fields = match_fields(PBKDF2, text)
    digest = _read_digest(fields)
    if fields["length"] not in {None, str(len(digest))}:
        raise UnknownHash(Part.PARAMETER, "its parameter l is not the length of its digest")
    salt = read_base64(fields["salt"], "salt")
    return make_pbkdf2(fields["function"] or "sha1", fields["iterations"], salt, digest)


def make_pbkdf2(function: str, iterations: str, salt: bytes, digest: bytes) -> Pbkdf2:
    """Return a PBKDF2 hash.

    Raises:
        UnknownHash: the function is not known, or the iterations are not a number.
    """
    if function not in FUNCTIONS:
        raise UnknownHash(Part.SCHEME, "its function of PBKDF2 is not supported")
    return Pbkdf2(function, read_number(iterations, "iterations"), salt, check_digest(digest))


def read_keyed_bcrypt(text: str) -> Hash:
    """Passlib hashes the HMAC-SHA-256 of the password under the salt; before 1.7.3, its SHA-256."""
    fields = match_fields(BCRYPT_KEYED, text)
    salt = fields["salt"].encode()
    bcrypt = f"$2b${fields['cost']:0>2}${fields['salt']}{fields['digest']}".encode()

    def prepare(password: bytes) -> bytes:
        if fields["version"]:
            return encode_padded_base64(keyed_digest(salt, password, "sha256"))
        return encode_padded_base64(sha256(password).digest())

    return Prepared(Bcrypt(bcrypt), prepare, "HMAC-SHA-256" if fields["version"] else "SHA-256")


def _read_digest(fields: re.Match[str]) -> bytes:
    return check_digest(read_base64(fields["digest"], "digest"))
