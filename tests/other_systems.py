"""Hashes as other systems make them: by their libraries, or by hand as they document it."""

import hashlib
import hmac
from base64 import b64encode

import bcrypt
from argon2 import PasswordHasher, Type
from argon2.low_level import hash_secret
from passlib import hash as passlib
from werkzeug.security import generate_password_hash

SALT = "seasaltfromDover"


def argon2(kind):
    return PasswordHasher(1, memory_cost=64, parallelism=2, type=kind).hash


def argon2_before_1_3(password):
    """Make a hash of version 16 (1.0), whose text says no version."""
    made = hash_secret(password.encode(), SALT.encode(), 1, 64, 1, 32, Type.I, version=16).decode()
    return made.replace("$v=16", "")


def of_bcrypt(prefix):
    def make(password):
        made = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
        return made.replace("$2b$", prefix)

    return make


def bcrypt_of_django(password):
    return "bcrypt$" + of_bcrypt("$2b$")(password)


def bcrypt_sha256_of_django(password):
    digest = hashlib.sha256(password.encode()).hexdigest()
    return "bcrypt_sha256$" + of_bcrypt("$2b$")(digest)


def scrypt_of_django(password):
    made = hashlib.scrypt(password.encode(), salt=SALT.encode(), n=256, r=8, p=5, dklen=64)
    return f"scrypt$256${SALT}$8$5${b64encode(made).decode()}"


def scrypt_of_phc(password):
    made = hashlib.scrypt(password.encode(), salt=SALT.encode(), n=256, r=8, p=1, dklen=32)
    salt, digest = (b64encode(it).decode().rstrip("=") for it in (SALT.encode(), made))
    return f"$scrypt$ln=8,r=8,p=1${salt}${digest}"


def pbkdf2_of_django(function):
    def make(password):
        made = hashlib.pbkdf2_hmac(function, password.encode(), SALT.encode(), 1000)
        return f"pbkdf2_{function}$1000${SALT}${b64encode(made).decode()}"

    return make


def pbkdf2_of_phc(function, *, length):
    def make(password):
        made = hashlib.pbkdf2_hmac(function, password.encode(), SALT.encode(), 1000, 32)
        salt, digest = (b64encode(it).decode().rstrip("=") for it in (SALT.encode(), made))
        return f"$pbkdf2-{function}$i=1000{length}${salt}${digest}"

    return make


def argon2_of_django(password):
    return "argon2" + argon2(Type.ID)(password)


def digest_of_django(function):
    def make(password):
        digest = hashlib.new(function, (SALT + password).encode()).hexdigest()
        return f"{function}${SALT}${digest}"

    return make


def hmac_of_werkzeug(password):
    """Make a hash as Werkzeug before 3 did for the method ``sha256``."""
    return f"sha256${SALT}${hmac.digest(SALT.encode(), password.encode(), 'sha256').hex()}"


def bcrypt_of_wordpress(password):
    keyed = hmac.digest(b"wp-sha384", password.encode(), "sha384")
    return "$wp" + of_bcrypt("$2y$")(b64encode(keyed).decode())


def salted_sha1_of_ldap(password):
    digest = hashlib.sha1(password.encode() + SALT.encode()).digest()
    return "{SSHA}" + b64encode(digest + SALT.encode()).decode()


def bcrypt_of_spring(password):
    return "{bcrypt}" + of_bcrypt("$2a$")(password)


def werkzeug(method):
    return lambda password: generate_password_hash(password, method)


MAKERS = {
    "argon2id": argon2(Type.ID),
    "argon2i": argon2(Type.I),
    "argon2d": argon2(Type.D),
    "argon2i 1.0": argon2_before_1_3,
    "bcrypt 2a": of_bcrypt("$2a$"),
    "bcrypt 2b": of_bcrypt("$2b$"),
    "bcrypt 2y": of_bcrypt("$2y$"),
    "bcrypt, Django": bcrypt_of_django,
    "bcrypt of SHA-256, Django": bcrypt_sha256_of_django,
    "bcrypt of SHA-256, passlib": passlib.bcrypt_sha256.using(rounds=4).hash,
    "scrypt, PHC": scrypt_of_phc,
    "scrypt, passlib": passlib.scrypt.using(rounds=8).hash,
    "scrypt, Werkzeug": werkzeug("scrypt:256:8:1"),
    "scrypt, Django": scrypt_of_django,
    "PBKDF2-SHA1, passlib": passlib.pbkdf2_sha1.using(rounds=1000).hash,
    "PBKDF2-SHA256, passlib": passlib.pbkdf2_sha256.using(rounds=1000).hash,
    "PBKDF2-SHA512, passlib": passlib.pbkdf2_sha512.using(rounds=1000).hash,
    "PBKDF2-SHA256, PHC": pbkdf2_of_phc("sha256", length=""),
    "PBKDF2-SHA512, PHC": pbkdf2_of_phc("sha512", length=",l=32"),
    "PBKDF2-SHA1, Werkzeug": werkzeug("pbkdf2:sha1:1000"),
    "PBKDF2-SHA256, Werkzeug": werkzeug("pbkdf2:sha256:1000"),
    "PBKDF2-SHA512, Werkzeug": werkzeug("pbkdf2:sha512:1000"),
    "PBKDF2-SHA1, Django": pbkdf2_of_django("sha1"),
    "PBKDF2-SHA256, Django": pbkdf2_of_django("sha256"),
    "argon2id, Django": argon2_of_django,
    "MD5, Django": digest_of_django("md5"),
    "SHA-1, Django": digest_of_django("sha1"),
    "SHA-256, Werkzeug": hmac_of_werkzeug,
    "phpass, WordPress": passlib.phpass.using(rounds=8).hash,
    "bcrypt of SHA-384, WordPress": bcrypt_of_wordpress,
    "SHA-1, LDAP": salted_sha1_of_ldap,
    "bcrypt, Spring": bcrypt_of_spring,
    "SHA-256-crypt": passlib.sha256_crypt.using(rounds=1000).hash,
    "SHA-512-crypt": passlib.sha512_crypt.using(rounds=1000).hash,
    "SHA-512-crypt, rounds unsaid": passlib.sha512_crypt.using(rounds=5000).hash,
}
