"""Hashes with the scheme in braces: LDAP, Dovecot and Spring Security."""

import re
from collections.abc import Callable

from api.passwords.formats.digests import Digest, get_size
from api.passwords.formats.encodings import (
    HEXADECIMAL,
    check_digest,
    match_fields,
    read_base64,
    read_hexadecimal,
)
from api.passwords.formats.hashes import Hash
from api.passwords.formats.phc import MAX_LOG_FACTOR, make_pbkdf2, make_scrypt
from api.passwords.formats.problems import Part, UnknownHash

BRACES = re.compile(r"\{(?P<scheme>[A-Za-z0-9_.@-]{1,64})\}(?P<rest>.*)", re.DOTALL)
VERSION_5_8 = "@springsecurity_v5_8"
PLAIN = {"noop", "plain", "plaintext", "cleartext", "clear"}
# The scheme is named twice: ``{bcrypt}$2b$…``. What follows is a hash of its own.
WRAPPERS = {
    *("crypt", "bcrypt", "blf-crypt", "md5-crypt", "des-crypt", "sha256-crypt", "sha512-crypt"),
    *("argon2", "argon2i", "argon2d", "argon2id", f"argon2{VERSION_5_8}", "ldap"),
}
DIGESTS = {
    "md5": "md5",
    "plain-md5": "md5",
    "ldap-md5": "md5",
    "smd5": "md5",
    **dict.fromkeys(("sha", "sha1", "sha-1", "ssha", "ssha1"), "sha1"),
    **{
        f"{salted}{dash}{size}": f"sha{size}"
        for salted in ("sha", "ssha")
        for dash in ("", "-")
        for size in (224, 256, 384, 512)
    },
}
HEXADECIMAL_ENCODING = "hex"  # Dovecot writes {SSHA.hex} for the digest and salt in hexadecimal
SPRING_DIGEST = re.compile(r"(?P<salt>\{[^{}]{0,128}\})?(?P<digest>[0-9a-f]+)")
SPRING_STANDARD = re.compile(r"[0-9a-f]{80}")  # 8 bytes of salt, 32 of digest
SPRING_STANDARD_ROUNDS, SPRING_SALT_DIGITS = 1024, 16
SPRING_SCRYPT = re.compile(r"\$(?P<parameters>[0-9a-f]{5,8})\$(?P<salt>[^$]*)\$(?P<digest>[^$]*)")
SPRING_PBKDF2 = {
    "pbkdf2": ("sha1", "185000", 80, 16),
    f"pbkdf2{VERSION_5_8}": ("sha256", "310000", 96, 32),
}
LDAP_PBKDF2 = re.compile(r"(?P<iterations>[^$]*)\$(?P<salt>[^$]*)\$(?P<digest>[^$]*)")
DOVECOT_PBKDF2 = re.compile(
    r"\$1\$(?P<salt>[!-#%-~]{1,128})\$(?P<iterations>[^$]*)\$(?P<digest>[^$]*)"
)
DIRECTORY_SALT_BYTES, DIRECTORY_PREFIX_BYTES = 64, 4  # 389 Directory Server
ATLASSIAN_SALT_BYTES, ATLASSIAN_BYTES = 16, 48


def find_inner_hash(scheme: str, rest: str) -> str | None:
    """Return the hash that follows a scheme, if it names its function itself."""
    scheme = scheme.lower()
    return rest if scheme in WRAPPERS else None


def read_scheme(scheme: str, rest: str) -> Hash:
    """Return the hash of a scheme in braces and the text behind it.

    Raises:
        UnknownHash: the scheme is not known, or the text is not of that scheme.
    """
    scheme, _, encoding = scheme.lower().partition(".")
    if scheme in PLAIN:
        raise UnknownHash(Part.SCHEME, "it is a password in plain text")
    if scheme in DIGESTS:
        return _read_digest(scheme, encoding, rest)
    if scheme in READERS:
        return READERS[scheme](rest)
    if scheme in SPRING_PBKDF2 and HEXADECIMAL.fullmatch(rest):
        return _read_spring_pbkdf2(scheme, rest)
    if scheme.startswith("pbkdf2"):
        return _read_pbkdf2(scheme, rest)
    raise UnknownHash(Part.SCHEME, "its scheme in braces is not known")


def _read_digest(scheme: str, encoding: str, rest: str) -> Hash:
    """Return a digest, with a salt behind it in LDAP, or before it in braces in Spring."""
    function = DIGESTS[scheme]
    if encoding == HEXADECIMAL_ENCODING:
        return _split_digest(scheme, read_hexadecimal(rest, "digest"))
    if fields := SPRING_DIGEST.fullmatch(rest):
        if scheme == "sha256" and SPRING_STANDARD.fullmatch(rest):
            return _read_spring_standard(rest)
        if fields["salt"] or len(rest) == 2 * get_size(function):
            salt = (fields["salt"] or "").encode()
            digest = read_hexadecimal(fields["digest"], "digest")
            return Digest(function, (b"", salt), digest)
    return _split_digest(scheme, read_base64(rest, "digest"))


def _split_digest(scheme: str, octets: bytes) -> Hash:
    """Return a digest that the salt follows, if the scheme has one."""
    function, size = DIGESTS[scheme], get_size(DIGESTS[scheme])
    if not scheme.startswith(("ss", "sm")) and len(octets) != size:
        raise UnknownHash(Part.LENGTH, f"its digest has not {size} bytes")
    return Digest(function, (b"", octets[size:]), octets[:size])


def _read_spring_standard(rest: str) -> Hash:
    octets = bytes.fromhex(rest)
    return Digest("sha256", (octets[:8], b""), octets[8:], SPRING_STANDARD_ROUNDS)


def _read_spring_scrypt(rest: str) -> Hash:
    fields = match_fields(SPRING_SCRYPT, rest)
    parameters = int(fields["parameters"], 16)
    log_factor, block_size, lanes = parameters >> 16, parameters >> 8 & 255, parameters & 255
    if not (log_factor <= MAX_LOG_FACTOR and block_size and lanes):
        raise UnknownHash(Part.PARAMETER, "its parameters are not those of scrypt")
    salt, digest = (read_base64(fields[name], name) for name in ("salt", "digest"))
    return make_scrypt(2**log_factor, block_size, lanes, salt, check_digest(digest))


def _read_spring_pbkdf2(scheme: str, rest: str) -> Hash:
    """Return a hash of Spring Security with the default parameters, which it does not contain."""
    function, iterations, length, salt_digits = SPRING_PBKDF2[scheme]
    if len(rest) != length:
        raise UnknownHash(Part.LENGTH, "its length is not that of Spring's default parameters")
    salt, digest = bytes.fromhex(rest[:salt_digits]), bytes.fromhex(rest[salt_digits:])
    return make_pbkdf2(function, iterations, salt, digest)


def _read_pbkdf2(scheme: str, rest: str) -> Hash:
    function = scheme.removeprefix("pbkdf2").lstrip("-_") or "sha1"
    if fields := DOVECOT_PBKDF2.fullmatch(rest):
        salt, digest = fields["salt"].encode(), read_hexadecimal(fields["digest"], "digest")
        return make_pbkdf2(function, fields["iterations"], salt, digest)
    if "$" not in rest and "_" in scheme:
        return _read_directory_pbkdf2(function, rest)
    fields = match_fields(LDAP_PBKDF2, rest)
    salt, digest = (read_base64(fields[name], name) for name in ("salt", "digest"))
    return make_pbkdf2(function, fields["iterations"], salt, digest)


def _read_directory_pbkdf2(function: str, rest: str) -> Hash:
    """389 Directory Server writes iterations, salt and digest as one base64 text."""
    octets = read_base64(rest, "digest")
    iterations = str(int.from_bytes(octets[:DIRECTORY_PREFIX_BYTES], "big"))
    end = DIRECTORY_PREFIX_BYTES + DIRECTORY_SALT_BYTES
    return make_pbkdf2(function, iterations, octets[DIRECTORY_PREFIX_BYTES:end], octets[end:])


def _read_atlassian(rest: str) -> Hash:
    octets = read_base64(rest, "digest")
    if len(octets) != ATLASSIAN_BYTES:
        raise UnknownHash(Part.LENGTH, f"its salt and digest have not {ATLASSIAN_BYTES} bytes")
    salt, digest = octets[:ATLASSIAN_SALT_BYTES], octets[ATLASSIAN_SALT_BYTES:]
    return make_pbkdf2("sha1", "10000", salt, digest)


READERS: dict[str, Callable[[str], Hash]] = {
    "scrypt": _read_spring_scrypt,
    f"scrypt{VERSION_5_8}": _read_spring_scrypt,
    "pkcs5s2": _read_atlassian,
}
