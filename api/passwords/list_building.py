"""Making a list of digest prefixes from the files of a breach corpus.

A file has one password per line, or one SHA-1 digest in hexadecimal, perhaps with a count after a
colon. The prefixes are sorted in parts, which are merged, so that the memory does not limit them.
"""

import re
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from api.core.identifiers import fold_text
from api.passwords.digest_lists import PREFIX_BYTES, compute_prefix, write_list

PART_ROWS = 4_000_000
BLOCK_BYTES = 65_536 * PREFIX_BYTES
SHA1_LINE = re.compile(rb"[0-9A-Fa-f]{40}(?::\d+)?")


def build_list(sources: Iterable[Path], target: Path) -> int:
    """Write the list of all passwords of the sources, and return how many it has.

    The target appears when it is complete.

    Raises:
        OSError: a file cannot be read or written.
    """
    unfinished = target.with_name(target.name + ".unfinished")
    parts = list(_sort_parts(_read_prefixes(sources)))
    with unfinished.open("wb") as file:
        count = write_list(file, merge(*map(_read_part, parts)))
    unfinished.replace(target)
    return count


def _read_prefixes(sources: Iterable[Path]) -> Iterator[bytes]:
    for source in sources:
        with source.open("rb") as file:
            for line in file:
                yield from _parse_line(line.rstrip(b"\r\n"))


def _parse_line(line: bytes) -> Iterator[bytes]:
    """Yield the prefix of a line, and that of its case-folded form if it is a password."""
    if SHA1_LINE.fullmatch(line):
        yield bytes.fromhex(line[: 2 * PREFIX_BYTES].decode())
    elif line:
        password = line.decode(errors="replace")
        yield compute_prefix(password)
        yield compute_prefix(fold_text(password))


def _sort_parts(prefixes: Iterator[bytes]) -> Iterator[IO[bytes]]:
    """Yield temporary files of sorted prefixes."""
    while part := sorted(set(islice(prefixes, PART_ROWS))):
        file = TemporaryFile()  # noqa: SIM115  it is read after this function, and then deleted
        file.write(b"".join(part))
        file.seek(0)
        yield file


def _read_part(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK_BYTES):
            for start in range(0, len(block), PREFIX_BYTES):
                yield block[start : start + PREFIX_BYTES]
