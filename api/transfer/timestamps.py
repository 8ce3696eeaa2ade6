"""Timestamps as other systems write them."""

import re
from datetime import UTC, datetime

LOOSE = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d:\d\d(\.\d+)?)"
    r" ?(?P<offset>[Zz]|UTC|[+-]\d\d(:?\d\d)?)?",
    re.ASCII,
)
MIN_MILLISECONDS = 10**11  # as seconds that would be the year 5138


def read_loose_timestamp(value: object, *, default_offset: str = "") -> object:
    """Return a timestamp as RFC 3339 writes it. Another value is returned as it is.

    PostgreSQL writes ``2024-05-01 12:34:56.789+00``. A timestamp without an offset is ambiguous,
    unless the system that wrote it always uses ``default_offset``.
    """
    found = LOOSE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    offset = (found["offset"] or default_offset).upper().replace("UTC", "Z")
    if len(offset) == len("+00"):
        offset += ":00"
    elif len(offset) == len("+0000"):
        offset = f"{offset[:3]}:{offset[3:]}"
    return f"{found['date']}T{found['time']}{offset}"


def lacks_offset(value: object) -> bool:
    """Return whether a value is a timestamp without an offset from UTC."""
    found = LOOSE.fullmatch(value) if isinstance(value, str) else None
    return found is not None and not found["offset"]


def read_epoch(value: object) -> str | None:
    """Return seconds or milliseconds since 1970, as a number or text, as RFC 3339 writes them."""
    try:
        number = float(str(value))
        seconds = number / 1000 if abs(number) >= MIN_MILLISECONDS else number
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None
