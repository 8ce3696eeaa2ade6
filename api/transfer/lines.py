"""Reading lines and CSV records of bounded length."""

from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

MAX_RECORD_BYTES = 128 * 1024


class Line(NamedTuple):
    """A line or a record, without its line end.

    ``text`` is None if it is longer than MAX_RECORD_BYTES. ``end`` is the offset in bytes of the
    next line or record.
    """

    number: int
    text: bytes | None
    end: int


def read_lines(file: IO[bytes], *, number: int = 1, offset: int = 0) -> Iterator[Line]:
    """Yield the lines of a file from its current position, which has this number and offset."""
    while text := file.readline(MAX_RECORD_BYTES + 1):
        offset += len(text)
        is_too_long = len(text) > MAX_RECORD_BYTES and not text.endswith(b"\n")
        if is_too_long:
            offset += _skip_line(file)
        yield Line(number, None if is_too_long else text.removesuffix(b"\n"), offset)
        number += 1


def _skip_line(file: IO[bytes]) -> int:
    """Read to the end of the line, and return the number of bytes that were read."""
    skipped = 0
    while text := file.readline(MAX_RECORD_BYTES):
        skipped += len(text)
        if text.endswith(b"\n"):
            break
    return skipped


def join_records(lines: Iterable[Line]) -> Iterator[Line]:
    """Join lines into CSV records (RFC 4180). A record continues while a quotation is open.

    After a record that is too long, the next line starts a new record, because the end of the
    quotation may be missing.
    """
    number, end, text, is_quoted = 0, 0, bytearray(), False
    for line in lines:
        number, end = number or line.number, line.end
        if line.text is not None:
            text += line.text
            is_quoted ^= line.text.count(b'"') % 2 == 1
        is_too_long = line.text is None or len(text) > MAX_RECORD_BYTES
        if is_quoted and not is_too_long:
            text += b"\n"
            continue
        yield Line(number, None if is_too_long else bytes(text), end)
        number, text, is_quoted = 0, bytearray(), False
    if number:
        yield Line(number, bytes(text), end)
