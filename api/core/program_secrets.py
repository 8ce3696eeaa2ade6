"""Secrets that programs send: API keys, client secrets. Each has a prefix and a checksum.

The form is a prefix, 43 letters and digits (256 bits, base62) and 6 letters and digits: the CRC-32
of all that is before them, base62. A scanner can find such a secret in any text, and recognise a
wrong one without asking this service. The database stores only the SHA-256 of a secret: it is
random, so a slow hash would add nothing.
"""

import re
from hashlib import sha256
from typing import Literal
from zlib import crc32

from api.core import secrets

SecretPrefix = Literal["rb_live_", "rb_client_"]  # API keys and client secrets

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_BYTES = 32
RANDOM_LENGTH, CHECKSUM_LENGTH = 43, 6
SHOWN_LENGTH = 4  # the last characters, by which people recognise a secret
FORM = re.compile(r"rb_(?:live|client)_[0-9A-Za-z]{49}", re.ASCII)


def make_secret(prefix: SecretPrefix) -> str:
    number = int.from_bytes(secrets.key(RANDOM_BYTES))
    text = prefix + _encode(number, RANDOM_LENGTH)
    return text + _make_checksum(text)


def is_well_formed(text: str, prefix: SecretPrefix) -> bool:
    """Return whether a text has the form of such a secret, and its checksum is right."""
    if not text.startswith(prefix) or not FORM.fullmatch(text):
        return False
    return _make_checksum(text[:-CHECKSUM_LENGTH]) == text[-CHECKSUM_LENGTH:]


def make_digest(secret: str) -> bytes:
    """Return the SHA-256 by which the database finds a secret."""
    return sha256(secret.encode()).digest()


def _make_checksum(text: str) -> str:
    return _encode(crc32(text.encode()), CHECKSUM_LENGTH)


def _encode(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[rest])
    return "".join(reversed(digits))
