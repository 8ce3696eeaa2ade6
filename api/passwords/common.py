"""The list of common passwords, and runs such as 123456, which count as common.

COMMON_PASSWORDS.md documents the sources of the list and how it is created.
"""

from functools import cache
from pathlib import Path

from api.core.identifiers import fold_text
from api.passwords.digest_lists import DigestList

LIST = Path(__file__).with_name("common_passwords.list")
MAX_RUN_LENGTH = 32  # characters; attackers do not guess longer ones
SEQUENCES = ("1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def is_common(password: str) -> bool:
    """Return whether a password is on the list, in any letter case, or is a run of characters."""
    spelling = fold_text(password)
    return is_listed(spelling) or _is_run(spelling)


def is_listed(spelling: str) -> bool:
    """Return whether a case-folded password is on the list."""
    return spelling in open_list()


@cache
def open_list() -> DigestList:
    return DigestList(LIST)


def _is_run(spelling: str) -> bool:
    """Return whether a password is a run such as aaaa, abcabc or 123456. Runs are ASCII only."""
    if not spelling.isascii() or len(spelling) > MAX_RUN_LENGTH:
        return False
    return _repeats(spelling) or any(
        run in sequence * MAX_RUN_LENGTH
        for sequence in SEQUENCES
        for run in (spelling, spelling[::-1])
    )


def _repeats(spelling: str) -> bool:
    """Return whether a password repeats a short unit; the last one may be incomplete."""
    size = len(spelling)
    units = (spelling[:length] for length in range(1, min(8, size // 2 + 1)))
    return any((unit * size).startswith(spelling) for unit in units)
