"""The list of common passwords, and runs such as 123456, which count as common.

COMMON_PASSWORDS.md documents the source of the list and how it is made.
"""

import gzip
from bisect import bisect_left
from functools import cache, partial
from pathlib import Path

from api.core.identifiers import fold_text

LIST = Path(__file__).with_name("common_passwords.txt.gz")
MAX_RUN_LENGTH = 32  # characters; attackers do not guess longer ones
ROWS = ("1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def is_common(password: str) -> bool:
    """Return whether a password is on the list, in any case, or is a run of characters."""
    spelling = fold_text(password)
    return is_listed(spelling) or _is_run(spelling)


def is_listed(spelling: str) -> bool:
    """Return whether a folded password is on the list."""
    wanted, lines = spelling.encode("utf-8", "surrogatepass"), read_list()
    place = bisect_left(range(len(lines)), wanted, key=partial(_line_at, lines))
    return place < len(lines) and _line_at(lines, place) == wanted


@cache
def read_list() -> bytes:
    """Return the list, sorted, one password a line: 1.5 MB, where a set of strings takes 12 MB."""
    return gzip.decompress(LIST.read_bytes())


def _line_at(lines: bytes, place: int) -> bytes:
    start = lines.rfind(b"\n", 0, place) + 1
    return lines[start : lines.find(b"\n", place)]


def _is_run(spelling: str) -> bool:
    """Return whether it is like aaaa, abcabc or 123456, in ASCII: fifteen emoji are no run."""
    if not spelling.isascii() or len(spelling) > MAX_RUN_LENGTH:
        return False
    return _repeats(spelling) or any(
        run in row * MAX_RUN_LENGTH for row in ROWS for run in (spelling, spelling[::-1])
    )


def _repeats(spelling: str) -> bool:
    """Return whether a short unit is repeated, the last time perhaps in part."""
    size = len(spelling)
    units = (spelling[:length] for length in range(1, min(8, size // 2 + 1)))
    return any((unit * size).startswith(spelling) for unit in units)
