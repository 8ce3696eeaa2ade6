"""Lists of passwords as sorted digest prefixes: they are searched in a mapped file.

A list has a header, and then for each password the first 8 bytes of its SHA-1 digest, sorted. No
password can be read from it. Breach corpora are published as SHA-1 digests, so a list can be made
of them without the passwords. With 1,000 million of them, 1 in 18,000 million other passwords has a
prefix that is on the list.
"""

import mmap
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import sha1
from pathlib import Path
from typing import IO

HEADER = b"rollbook passwords 1\n"
PREFIX_BYTES = 8


class DigestList:
    """An open list. All processes share its pages in memory.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not such a list.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        size = len(self.content) - len(HEADER)
        if self.content[: len(HEADER)] != HEADER or size % PREFIX_BYTES:
            raise ValueError("it is not a list that `rollbook passwords build-list` made")
        self.size = size // PREFIX_BYTES

    def __contains__(self, password: object) -> bool:
        wanted = compute_prefix(str(password))
        place = bisect_left(range(self.size), wanted, key=self._read_prefix)
        return place < self.size and self._read_prefix(place) == wanted

    def _read_prefix(self, place: int) -> bytes:
        start = len(HEADER) + place * PREFIX_BYTES
        return self.content[start : start + PREFIX_BYTES]


def compute_digest(password: str) -> bytes:
    """Return the SHA-1 digest by which breach corpora know a password."""
    return sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()


def compute_prefix(password: str) -> bytes:
    return compute_digest(password)[:PREFIX_BYTES]


def write_list(file: IO[bytes], prefixes: Iterable[bytes]) -> int:
    """Write a list of sorted prefixes, each once, and return their number."""
    file.write(HEADER)
    count, last = 0, b""
    for prefix in prefixes:
        if prefix != last:
            file.write(prefix)
            count, last = count + 1, prefix
    return count
