"""The list of passwords that guessers try first, and what is as good as on it.

COMMON_PASSWORDS.md tells where the list is from and how it is made.
"""

import gzip
from bisect import bisect_left
from functools import cache, partial
from pathlib import Path

from api.core.identifiers import fold_text

LIST = Path(__file__).with_name("common_passwords.txt.gz")
LONGEST_RUN = 32  # characters; longer ones are on no list, and no guesser's business
ROWS = ("1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def is_common(password: str) -> bool:
    """Tell whether a password is on the list, in whatever case, or a plain run."""
    spelling = fold_text(password)
    return is_listed(spelling) or _is_run(spelling)


def is_listed(spelling: str) -> bool:
    """Look a password up, which is given folded."""
    wanted, lines = spelling.encode("utf-8", "surrogatepass"), entries()
    place = bisect_left(range(len(lines)), wanted, key=partial(_line_at, lines))
    return place < len(lines) and _line_at(lines, place) == wanted


@cache
def entries() -> bytes:
    """Return the list, sorted, one a line: 1.5 MB in one piece, where a set of words takes 12."""
    return gzip.decompress(LIST.read_bytes())


def _line_at(lines: bytes, place: int) -> bytes:
    start = lines.rfind(b"\n", 0, place) + 1
    return lines[start : lines.find(b"\n", place)]


def _is_run(spelling: str) -> bool:
    """Recognise aaaa…, abcabc… and 123456…, of what keyboards write: fifteen emoji are no run."""
    if not spelling.isascii() or len(spelling) > LONGEST_RUN:
        return False
    return _repeats(spelling) or any(
        run in row * LONGEST_RUN for row in ROWS for run in (spelling, spelling[::-1])
    )


def _repeats(spelling: str) -> bool:
    """Tell whether it is a short unit over and over, and perhaps a part of it again."""
    size = len(spelling)
    units = (spelling[:length] for length in range(1, min(8, size // 2 + 1)))
    return any((unit * size).startswith(spelling) for unit in units)
