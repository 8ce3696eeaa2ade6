"""Hashes in the notation of crypt(3), and of PHP applications that extend it."""

import hashlib
import re
from hmac import digest as keyed_digest

from api.passwords.formats.encodings import encode_padded_base64, match_fields
from api.passwords.formats.hashes import Bcrypt, Hash, Prepared
from api.passwords.formats.iterated import DRUPAL, IteratedHash
from api.passwords.formats.phc import BCRYPT_DIGEST, BCRYPT_SALT
from api.passwords.formats.problems import Part, UnknownHash
from api.passwords.formats.wordpress import PHP_SPACES

ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BCRYPT = re.compile(
    rf"\$2[aby]\$(?P<cost>0[4-9]|[12][0-9]|3[01])\$(?P<salt>{BCRYPT_SALT}){BCRYPT_DIGEST}"
)
SHA_CRYPT_SETTING = r"(?:rounds=(?P<rounds>[1-9][0-9]{3,8})\$)?[./A-Za-z0-9]{0,16}"
# The last character of a digest encodes fewer bits. So only some characters are canonical there.
SHA256_CRYPT = re.compile(rf"\$5\${SHA_CRYPT_SETTING}\$[./A-Za-z0-9]{{42}}[./0-9A-D]")
SHA512_CRYPT = re.compile(rf"\$6\${SHA_CRYPT_SETTING}\$[./A-Za-z0-9]{{85}}[./01]")
SHA_CRYPT_ROUNDS = 5000  # the default, which is left out
MD5_CRYPT = re.compile(r"\$(?:1|apr1)\$[./A-Za-z0-9]{0,8}\$[./A-Za-z0-9]{21}[./01]")
MD5_CRYPT_ROUNDS = 1000
SHA1_CRYPT = re.compile(
    r"\$sha1\$(?P<rounds>[1-9][0-9]{0,9})\$[./A-Za-z0-9]{1,64}\$[./A-Za-z0-9]{28}"
)
DES_CRYPT = re.compile(r"[./A-Za-z0-9]{12}[.26AEIMQUYcgkosw]")
DES_CRYPT_ROUNDS = 1000  # it takes as long as these
PHPASS = re.compile(r"\$[PH]\$(?P<log>[./A-Za-z0-9])[./A-Za-z0-9]{8}[./A-Za-z0-9]{21}[./01]")
MIN_PHPASS_LOG, MAX_PHPASS_LOG = 7, 30
DRUPAL_7 = re.compile(r"\$S\$(?P<log>[./A-Za-z0-9])[./A-Za-z0-9]{51}")
WORDPRESS_KEY = b"wp-sha384"


def read_bcrypt(text: str) -> Hash:
    return Bcrypt(match_fields(BCRYPT, text)[0].encode())


def read_wordpress(text: str) -> Hash:
    """WordPress 6.8 hashes the base64 of the HMAC-SHA-384 of the password."""

    def prepare(password: bytes) -> bytes:
        return encode_padded_base64(
            keyed_digest(WORDPRESS_KEY, password.strip(PHP_SPACES), "sha384")
        )

    return Prepared(read_bcrypt(text.removeprefix("$wp")), prepare, "HMAC-SHA-384")


def read_sha256_crypt(text: str) -> Hash:
    return _make_sha_crypt("sha256_crypt", match_fields(SHA256_CRYPT, text))


def read_sha512_crypt(text: str) -> Hash:
    return _make_sha_crypt("sha512_crypt", match_fields(SHA512_CRYPT, text))


def _make_sha_crypt(scheme: str, fields: re.Match[str]) -> Hash:
    return IteratedHash(scheme, fields[0], int(fields["rounds"] or SHA_CRYPT_ROUNDS))


def read_md5_crypt(text: str) -> Hash:
    scheme = "apr_md5_crypt" if text.startswith("$apr1$") else "md5_crypt"
    return IteratedHash(scheme, match_fields(MD5_CRYPT, text)[0], MD5_CRYPT_ROUNDS)


def read_sha1_crypt(text: str) -> Hash:
    fields = match_fields(SHA1_CRYPT, text)
    return IteratedHash("sha1_crypt", text, int(fields["rounds"]))


def read_des_crypt(text: str) -> Hash:
    return IteratedHash("des_crypt", match_fields(DES_CRYPT, text)[0], DES_CRYPT_ROUNDS)


def read_phpass(text: str) -> Hash:
    """Return a hash of WordPress before 6.8, phpBB 3 or Joomla."""
    return IteratedHash("phpass", text, _read_rounds(match_fields(PHPASS, text)))


def read_drupal(text: str) -> Hash:
    return IteratedHash(DRUPAL, text, _read_rounds(match_fields(DRUPAL_7, text)))


def read_drupal_upgrade(inner: Hash) -> Hash:
    """Drupal 7 hashed the MD5 hashes of Drupal 6 again, and wrote ``U`` before the new hash."""

    def prepare(password: bytes) -> bytes:
        return hashlib.md5(password, usedforsecurity=False).hexdigest().encode()

    return Prepared(inner, prepare, "MD5")


def _read_rounds(fields: re.Match[str]) -> int:
    log_rounds = ALPHABET.index(fields["log"])
    if not MIN_PHPASS_LOG <= log_rounds <= MAX_PHPASS_LOG:
        raise UnknownHash(Part.PARAMETER, "its number of rounds is not from 2^7 to 2^30")
    return int(2**log_rounds)
