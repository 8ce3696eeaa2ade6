"""Notations without published examples: the hashes are computed here by their documentation."""

import hashlib
from base64 import b64encode

import bcrypt
import pytest
from argon2 import PasswordHasher
from passlib import hash as passlib

from api.passwords.formats.notations import find_hash_problem
from api.passwords.hashing import PasswordHashing

PASSWORD = "the quick brown fox"
OCTETS = PASSWORD.encode()
SALT = b"sixteen bytes ??"
hashing = PasswordHashing(memory_kib=8, time_cost=1)


def base64(octets):
    return b64encode(octets).decode()


def digest(function, octets):
    return hashlib.new(function, octets).digest()


def pbkdf2(function, iterations, length=None, salt=SALT):
    return hashlib.pbkdf2_hmac(function, OCTETS, salt, iterations, length)


def scrypt(salt, **parameters):
    return hashlib.scrypt(OCTETS, salt=salt, maxmem=2**27, **parameters)


def iterate_spring():
    """Return what Spring's StandardPasswordEncoder stores."""
    value = b"8 bytes!" + OCTETS
    for _ in range(1024):
        value = digest("sha256", value)
    return (b"8 bytes!" + value).hex()


MD5 = digest("md5", OCTETS)
SHA1 = digest("sha1", OCTETS)
SHA256 = digest("sha256", OCTETS)
SALTED_MD5 = digest("md5", OCTETS + b"salt") + b"salt"
SALTED = digest("sha512", OCTETS + SALT) + SALT
BCRYPT = bcrypt.hashpw(OCTETS, b"$2b$04$" + b"." * 22).decode()
ARGON2 = PasswordHasher(1, memory_cost=64, parallelism=1).hash(PASSWORD, salt=SALT)
DIRECTORY_SALT = SALT * 4
DRUPAL_6 = passlib.phpass.using(rounds=7, salt="saltsalt").hash(MD5.hex())
LUCIA_SALT = "abcDEF1234567890"

HASHES = {
    "Spring, PBKDF2 of 5.8": "{pbkdf2@SpringSecurity_v5_8}"
    + (SALT + pbkdf2("sha256", 310_000)).hex(),
    "Spring, argon2 of 5.8": "{argon2@SpringSecurity_v5_8}" + ARGON2,
    "Spring, scrypt of 5.8": "{scrypt@SpringSecurity_v5_8}"
    f"$100801${base64(SALT)}${base64(scrypt(SALT, n=65_536, r=8, p=1, dklen=32))}",
    "Spring, SHA-256 with rounds": "{sha256}" + iterate_spring(),
    "Spring, MD5": "{MD5}" + MD5.hex(),
    "Spring, MD5 with a salt": "{MD5}{salt}" + digest("md5", OCTETS + b"{salt}").hex(),
    "Spring, SHA-1": "{SHA-1}" + SHA1.hex(),
    "Spring, SHA-256 with a salt": "{SHA-256}{salt}" + digest("sha256", OCTETS + b"{salt}").hex(),
    "LDAP, SHA-512": "{SSHA512}" + base64(SALTED),
    "LDAP, small letters": "{ssha512}" + base64(SALTED),
    "LDAP, not padded": "{SSHA512}" + base64(SALTED).rstrip("="),
    "LDAP, URL-safe": "{SSHA512}" + base64(SALTED).replace("+", "-").replace("/", "_"),
    "LDAP, dash": "{SSHA-512}" + base64(SALTED),
    "LDAP, SHA-256 without a salt": "{SHA256}" + base64(SHA256),
    "LDAP, MD5 with a salt": "{SMD5}" + base64(SALTED_MD5),
    "Dovecot, base64": "{SSHA512.b64}" + base64(SALTED),
    "Dovecot, hexadecimal": "{SSHA512.hex}" + SALTED.hex(),
    "Dovecot, capital hexadecimal": "{SHA256.HEX}" + SHA256.hex().upper(),
    "Dovecot, PLAIN-MD5": "{PLAIN-MD5}" + MD5.hex(),
    "Dovecot, LDAP-MD5": "{LDAP-MD5}" + base64(MD5),
    "Dovecot, argon2": "{ARGON2ID}" + ARGON2,
    "Dovecot, PBKDF2": f"{{PBKDF2}}$1$saltsalt$5000${pbkdf2('sha1', 5000, 20, b'saltsalt').hex()}",
    "OpenLDAP, PBKDF2": f"{{PBKDF2-SHA512}}1000${base64(SALT)}${base64(pbkdf2('sha512', 1000))}",
    "389 Directory Server": "{PBKDF2_SHA256}"
    + base64(
        (2048).to_bytes(4, "big") + DIRECTORY_SALT + pbkdf2("sha256", 2048, 256, DIRECTORY_SALT)
    ),
    "Drupal 6, upgraded": "U" + DRUPAL_6,
    "Django, bcrypt": "bcrypt$" + BCRYPT,
    "Django, capital hexadecimal": "sha1$salt$" + digest("sha1", b"salt" + OCTETS).hex().upper(),
    "MD5, capital hexadecimal": MD5.hex().upper(),
    "Werkzeug, without a salt": "sha256$$" + SHA256.hex(),
    "Werkzeug, PBKDF2-SHA384": "pbkdf2:sha384:1000$salt$"
    + pbkdf2("sha384", 1000, salt=b"salt").hex(),
    "PHC, PBKDF2-SHA384": f"$pbkdf2-sha384$1000${base64(SALT)}${base64(pbkdf2('sha384', 1000))}",
    "PHC, padded argon2": ARGON2.replace("$" + base64(SALT).rstrip("="), "$" + base64(SALT)),
    "Lucia": f"s2:{LUCIA_SALT}:" + scrypt(LUCIA_SALT.encode(), n=16_384, r=16, p=1, dklen=64).hex(),
}


@pytest.mark.parametrize("stored", HASHES.values(), ids=HASHES)
def test_only_the_hashed_password_matches(stored):
    assert find_hash_problem(stored) is None
    assert hashing.verify(stored, PASSWORD)
    assert not hashing.verify(stored, PASSWORD + "!")


@pytest.mark.parametrize("function", ["sha1", "sha256", "sha512"])
def test_B_06_a_credential_of_keycloak_becomes_a_hash_as_the_page_says(function):
    value = base64(pbkdf2(function, 27_500, 64))
    stored = f"$pbkdf2-{function}$27500${base64(SALT)}${value}"

    assert hashing.verify(stored, PASSWORD)
    assert not hashing.verify(stored, PASSWORD + "!")
