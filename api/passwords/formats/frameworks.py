"""Hashes in the notations of Django, Werkzeug, ASP.NET Core Identity, better-auth and Lucia."""

import hashlib
import re

from api.passwords.formats.crypt import read_bcrypt
from api.passwords.formats.digests import FUNCTIONS, Digest, EitherDigest, KeyedDigest
from api.passwords.formats.encodings import (
    check_digest,
    match_fields,
    read_base64,
    read_hexadecimal,
    read_number,
)
from api.passwords.formats.hashes import Hash, Prepared
from api.passwords.formats.phc import make_pbkdf2, make_scrypt
from api.passwords.formats.problems import Part, UnknownHash

LITERAL_SALT = r"(?P<salt>[!-#%-~]{1,128})"
WERKZEUG_SCRYPT = re.compile(
    rf"scrypt:(?P<cost>[^$:]*):(?P<block_size>[^$:]*):(?P<lanes>[^$:]*)"
    rf"\${LITERAL_SALT}\$(?P<digest>[^$]*)"
)
DJANGO_SCRYPT = re.compile(
    rf"scrypt\$(?P<cost>[^$]*)\${LITERAL_SALT}\$(?P<block_size>[^$]*)\$(?P<lanes>[^$]*)"
    r"\$(?P<digest>[^$]*)"
)
WERKZEUG_PBKDF2 = re.compile(
    rf"pbkdf2:(?P<function>[^$:]*):(?P<iterations>[^$:]*)\${LITERAL_SALT}\$(?P<digest>[^$]*)"
)
DJANGO_PBKDF2 = re.compile(
    rf"pbkdf2_(?P<function>sha1|sha256)\$(?P<iterations>[^$]*)\${LITERAL_SALT}\$(?P<digest>[^$]*)"
)
DIGEST = re.compile(
    rf"(?P<function>{'|'.join(FUNCTIONS)})\$(?P<salt>[!-#%-~]{{0,128}})\$(?P<digest>[^$]*)"
)
SALTED_FIRST = {"md5", "sha1"}  # Django hashes the salt before the password
BETTER_AUTH = re.compile(r"(?P<salt>[0-9a-f]{32}):(?P<digest>[0-9a-f]{128})")
LUCIA = re.compile(r"s2:(?P<salt>[0-9A-Za-z]{1,64}):(?P<digest>[0-9a-f]{128})")
ASPNET_FUNCTIONS = ("sha1", "sha256", "sha512")
ASPNET_HEAD_BYTES, ASPNET_V2_SALT_BYTES = 13, 16
BETTER_AUTH_FACTOR, BETTER_AUTH_BLOCK_SIZE = 16_384, 16


def read_django_bcrypt_sha256(text: str) -> Hash:
    """Django hashes the hexadecimal SHA-256 of the password."""

    def prepare(password: bytes) -> bytes:
        return hashlib.sha256(password).hexdigest().encode()

    return Prepared(read_bcrypt(text.removeprefix("bcrypt_sha256$")), prepare, "SHA-256")


def read_werkzeug_scrypt(text: str) -> Hash:
    fields = match_fields(WERKZEUG_SCRYPT, text)
    return _make_scrypt(fields, read_hexadecimal(fields["digest"], "digest"))


def read_django_scrypt(text: str) -> Hash:
    fields = match_fields(DJANGO_SCRYPT, text)
    return _make_scrypt(fields, read_base64(fields["digest"], "digest"))


def _make_scrypt(fields: re.Match[str], digest: bytes) -> Hash:
    factor = read_number(fields["cost"], "N")
    block_size, lanes = read_number(fields["block_size"], "r"), read_number(fields["lanes"], "p")
    return make_scrypt(factor, block_size, lanes, fields["salt"].encode(), check_digest(digest))


def read_werkzeug_pbkdf2(text: str) -> Hash:
    fields = match_fields(WERKZEUG_PBKDF2, text)
    digest = read_hexadecimal(fields["digest"], "digest")
    return make_pbkdf2(fields["function"], fields["iterations"], fields["salt"].encode(), digest)


def read_django_pbkdf2(text: str) -> Hash:
    fields = match_fields(DJANGO_PBKDF2, text)
    digest = read_base64(fields["digest"], "digest")
    return make_pbkdf2(fields["function"], fields["iterations"], fields["salt"].encode(), digest)


def read_digest(text: str) -> Hash:
    """Return a digest of Werkzeug before 3 (HMAC under the salt) or of Django (salt, password).

    For MD5 and SHA-1 the two have the same notation, so either matches.
    """
    fields = match_fields(DIGEST, text)
    function, salt = fields["function"], fields["salt"].encode()
    digest = read_hexadecimal(fields["digest"], "digest")
    if not salt:
        return Digest(function, (b"", b""), digest)
    keyed = KeyedDigest(function, salt, digest)
    if function not in SALTED_FIRST:
        return keyed
    return EitherDigest((keyed, Digest(function, (salt, b""), digest)))


def read_unsalted_md5(text: str) -> Hash:
    """Return a hash of Django's hasher ``unsalted_md5``, which has no scheme."""
    return Digest("md5", (b"", b""), bytes.fromhex(text))


def read_better_auth(text: str) -> Hash:
    """Return a scrypt hash whose salt is used as hexadecimal text, of better-auth or Lucia."""
    fields = match_fields(LUCIA if text.startswith("s2:") else BETTER_AUTH, text)
    salt, digest = fields["salt"].encode(), bytes.fromhex(fields["digest"])
    return make_scrypt(BETTER_AUTH_FACTOR, BETTER_AUTH_BLOCK_SIZE, 1, salt, digest)


def read_aspnet_v2(text: str) -> Hash:
    """Return a hash of ASP.NET Identity 2: a zero, the salt, and PBKDF2-SHA1 of 1,000 rounds."""
    octets = read_base64(text, "text")
    end = 1 + ASPNET_V2_SALT_BYTES
    return make_pbkdf2("sha1", "1000", octets[1:end], octets[end:])


def read_aspnet_v3(text: str) -> Hash:
    """Return a hash of ASP.NET Core Identity 3: function, iterations and salt length come first."""
    octets = read_base64(text, "text")
    numbers = [int.from_bytes(octets[start : start + 4], "big") for start in (1, 5, 9)]
    function, iterations, salt_length = numbers
    if function >= len(ASPNET_FUNCTIONS):
        raise UnknownHash(Part.SCHEME, "its function of PBKDF2 is not supported")
    end = ASPNET_HEAD_BYTES + salt_length
    salt, digest = octets[ASPNET_HEAD_BYTES:end], octets[end:]
    return make_pbkdf2(ASPNET_FUNCTIONS[function], str(iterations), salt, digest)
