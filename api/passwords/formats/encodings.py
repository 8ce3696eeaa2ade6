"""Reading the fields of a stored hash: base64, hexadecimal, numbers and parameters."""

import re
from base64 import b64decode, b64encode

from api.passwords.formats.problems import Part, UnknownHash

TO_STANDARD_BASE64 = str.maketrans("-_.", "+/+")  # URL-safe, and the dialect of passlib
NUMBER = re.compile(r"[1-9][0-9]{0,9}")
HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2})*")
MIN_DIGEST_BYTES = 12
MAX_PADDING = 2


def read_base64(text: str, field: str) -> bytes:
    """Return the bytes of a base64 text: padded or not, standard, URL-safe or with ``.`` for ``+``.

    Raises:
        UnknownHash: it is not the canonical text of these bytes.
    """
    standard = text.rstrip("=").translate(TO_STANDARD_BASE64)
    try:
        decoded = b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except ValueError:
        decoded = b""
    padding = len(text) - len(text.rstrip("="))
    if padding > MAX_PADDING or encode_base64(decoded) != standard:
        raise UnknownHash(Part.ENCODING, f"its {field} is not base64")
    return decoded


def encode_base64(octets: bytes) -> str:
    """Return the standard base64 of these bytes, without padding."""
    return b64encode(octets).decode().rstrip("=")


def encode_padded_base64(octets: bytes) -> bytes:
    """Return the standard base64 of these bytes, with padding."""
    return b64encode(octets)


def read_hexadecimal(text: str, field: str) -> bytes:
    """Return the bytes of a hexadecimal text.

    Raises:
        UnknownHash: it is not hexadecimal.
    """
    if not HEXADECIMAL.fullmatch(text):
        raise UnknownHash(Part.ENCODING, f"its {field} is not hexadecimal")
    return bytes.fromhex(text)


def read_number(text: str, name: str) -> int:
    """Return a number above zero, which has no leading zeros and at most ten digits.

    Raises:
        UnknownHash: it has another form.
    """
    if not NUMBER.fullmatch(text):
        raise UnknownHash(Part.PARAMETER, f"its parameter {name} is not a number")
    return int(text)


def read_parameters(text: str, *names: str) -> list[int]:
    """Return the numbers of a text such as ``m=19456,t=2,p=1``, in the order of the names.

    Raises:
        UnknownHash: a parameter is missing, unknown or not a number.
    """
    pairs = [part.partition("=") for part in text.split(",")]
    given = {name: value for name, _, value in pairs}
    if given.keys() != set(names) or len(pairs) != len(names):
        raise UnknownHash(Part.PARAMETER, f"its parameters are not {', '.join(names)}")
    return [read_number(given[name], name) for name in names]


def match_fields(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    """Return the fields of a text that begins as a known scheme.

    Raises:
        UnknownHash: it has other fields.
    """
    if fields := pattern.fullmatch(text):
        return fields
    raise UnknownHash(
        Part.PARAMETER, "its scheme is known, but its parameters are not those of the scheme"
    )


def check_digest(digest: bytes) -> bytes:
    """Return a digest that is long enough.

    Raises:
        UnknownHash: it is too short, so that other passwords could match.
    """
    if len(digest) < MIN_DIGEST_BYTES:
        raise UnknownHash(Part.LENGTH, f"its digest is shorter than {MIN_DIGEST_BYTES} bytes")
    return digest
