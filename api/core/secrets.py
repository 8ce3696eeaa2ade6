"""Random values: identifiers, request ids, keys, tokens, delays and temporary passwords."""

import secrets
import string
from os import urandom
from time import time_ns
from uuid import UUID

PASSWORD_ALPHABET = string.ascii_letters + string.digits
NANOSECONDS_PER_MILLISECOND = 1_000_000


def new_id() -> UUID:
    """Return a UUID of version 7 (RFC 9562, 5.7): ordered by time, so that it indexes well."""
    stamp = time_ns() // NANOSECONDS_PER_MILLISECOND
    number = (stamp << 80) | int.from_bytes(urandom(10))
    number &= ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=number | (0x7 << 76) | (0x2 << 62))


def request_id() -> str:
    """Return 16 hexadecimal digits: enough to find one request in the logs."""
    return urandom(8).hex()


def key(size: int) -> bytes:
    """Return a key of this size in bytes."""
    return urandom(size)


def token() -> str:
    """Return 256 bits, base64url."""
    return secrets.token_urlsafe(32)


def fraction() -> float:
    """Return a number from 0 up to, but not including, 1."""
    return secrets.SystemRandom().random()


def temporary_password() -> str:
    """Return 24 letters and digits (142 bits) that can be read aloud and pasted."""
    return "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(24))
