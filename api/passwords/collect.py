"""Create the list of common passwords: ``python -m api.passwords.collect LIST...``.

Each list is a text file, the most common password first. COMMON_PASSWORDS.md names the sources.
"""

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from api.core.identifiers import fold_text
from api.passwords.common import LIST
from api.passwords.digest_lists import compute_prefix, write_list
from api.passwords.rules import DEFAULT_MIN_LENGTH, MIN_LENGTH

MAX_PASSWORDS = 100_000  # of each list, besides all that have the default minimum length


def collect(lists: Iterable[Path], target: Path) -> list[str]:
    """Write the list of all passwords, case-folded; return them sorted."""
    chosen = {password for path in lists for password in _choose(path)}
    with target.open("wb") as file:
        write_list(file, sorted(map(compute_prefix, chosen)))
    return sorted(chosen)


def _choose(path: Path) -> Iterator[str]:
    words = path.read_text(encoding="utf-8", errors="ignore").split("\n")
    folds = (fold_text(word) for word in words)
    usable = [word for word in folds if len(word) >= MIN_LENGTH and word.isprintable()]
    yield from islice(usable, MAX_PASSWORDS)
    yield from (word for word in usable if len(word) >= DEFAULT_MIN_LENGTH)


if __name__ == "__main__":
    collect((Path(argument) for argument in sys.argv[1:]), LIST)
