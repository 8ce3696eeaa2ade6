"""The modified scrypt of Firebase: its key encrypts the signer key of the project.

Kratos and Supabase write all parameters into the hash. An export of Firebase has only salt and
digest; the parameters of the project are then a setting.
"""

import hmac
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from api.config.hash_keys import FirebaseScrypt
from api.passwords.formats.encodings import match_fields, read_base64, read_parameters
from api.passwords.formats.hashes import ForeignHash, Hash, Scrypt
from api.passwords.formats.keys import HashKeys
from api.passwords.formats.phc import MAX_LOG_FACTOR, make_scrypt
from api.passwords.formats.problems import Part, UnknownHash

KEY_BYTES = 32  # AES-256
INITIAL_COUNTER = bytes(16)
KRATOS = re.compile(
    r"\$firescrypt\$(?P<parameters>ln=[^$]*)\$(?P<salt>[^$]*)\$(?P<digest>[^$]*)"
    r"\$(?P<separator>[^$]*)\$(?P<key>[^$]*)"
)
SUPABASE = re.compile(
    r"\$fbscrypt\$v=1,(?P<parameters>n=[^$,]*,r=[^$,]*,p=[^$,]*)"
    r"(?:,ss=(?P<separator>[^$,]*))?(?:,sk=(?P<key>[^$,]*))?\$(?P<salt>[^$]*)\$(?P<digest>[^$]*)"
)
EXPORT = re.compile(r"\$firescrypt\$(?P<salt>[^$]*)\$(?P<digest>[^$]*)")


@dataclass(frozen=True)
class FirebaseHash(ForeignHash):
    """The digest is the signer key, encrypted with AES-256 in counter mode."""

    scrypt: Scrypt
    signer_key: bytes

    @property
    def name(self) -> str:
        return f"Firebase {self.scrypt.name}"

    @property
    def bound(self) -> str:
        return self.scrypt.bound

    @property
    def cost(self) -> float:
        return self.scrypt.cost

    def matches(self, password: bytes) -> bool:
        key = self.scrypt.derive(password, KEY_BYTES)
        encryptor = Cipher(algorithms.AES256(key), modes.CTR(INITIAL_COUNTER)).encryptor()
        return hmac.compare_digest(encryptor.update(self.signer_key), self.scrypt.digest)


def make_firebase_text(password_hash: str, salt: str) -> str:
    """Return the text that is stored for the members ``passwordHash`` and ``salt`` of an export."""
    return f"$firescrypt${salt}${password_hash}"


def read_firebase(text: str, keys: HashKeys) -> Hash:
    """Return a hash of Firebase, with the parameters in the text or else in the settings."""
    if fields := EXPORT.fullmatch(text):
        return _make_hash(fields, _require_project(keys))
    pattern, log_factor = (SUPABASE, "n") if text.startswith("$fbscrypt$") else (KRATOS, "ln")
    fields = match_fields(pattern, text)
    memory_cost, rounds, lanes = read_parameters(fields["parameters"], log_factor, "r", "p")
    if lanes != 1:
        raise UnknownHash(Part.PARAMETER, "its parameter p is not 1, as it is for Firebase")
    if fields["key"] is None:
        key = _require_project(keys).signer_key
    else:
        key = read_base64(fields["key"], "signer key")
    separator = read_base64(fields["separator"] or "", "salt separator")
    return _make_hash(fields, FirebaseScrypt(key, separator, rounds, memory_cost))


def _require_project(keys: HashKeys) -> FirebaseScrypt:
    if keys.firebase is None:
        raise UnknownHash(Part.PARAMETER, "it needs the setting FIREBASE_SCRYPT")
    return keys.firebase


def _make_hash(fields: re.Match[str], project: FirebaseScrypt) -> FirebaseHash:
    salt, digest = (read_base64(fields[name], name) for name in ("salt", "digest"))
    if len(digest) != len(project.signer_key) or len(digest) < KEY_BYTES:
        raise UnknownHash(Part.LENGTH, "its digest is not as long as the signer key")
    if not 0 < project.memory_cost <= MAX_LOG_FACTOR:
        raise UnknownHash(Part.PARAMETER, "its memory cost is not from 1 to 63")
    factor, salt = 2**project.memory_cost, salt + project.salt_separator
    scrypt = make_scrypt(factor, project.rounds, 1, salt, digest)
    return FirebaseHash(scrypt, project.signer_key)
