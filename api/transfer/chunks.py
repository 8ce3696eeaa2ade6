"""Splitting a file into chunks. One request imports one chunk."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from api.transfer.formats import Format
from api.transfer.lines import MAX_RECORD_BYTES, Line, join_records, read_lines

MAX_CHUNK_BYTES = 4 * 1024 * 1024
TOO_LONG_TEXT = b"x" * (MAX_RECORD_BYTES + 1)  # sent instead of a record that is too long


@dataclass(frozen=True)
class Place:
    """A place in a file: the offset in bytes, and the number of the line that starts there."""

    offset: int = 0
    line: int = 1


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file, after the header if it is CSV. ``end`` is the place after the rows."""

    body: bytes
    header_lines: int
    begin: Place
    end: Place

    def find_line(self, number: int) -> int:
        """Return the line number in the file for a line number in the body."""
        return self.begin.line + number - 1 - self.header_lines


def read_chunks(
    file: IO[bytes],
    format: Format,  # noqa: A002  its name on the command line
    *,
    max_rows: int,
    begin: Place | None = None,
) -> Iterator[Chunk]:
    """Yield the chunks of a file, starting at ``begin`` or by default at its first row.

    The same arguments yield the same chunks. So a chunk that is sent again is the same request.
    """
    header, place = _read_header(file) if format == Format.CSV else (b"", Place())
    header_lines = header.count(b"\n")
    if begin is not None:
        file.seek(begin.offset)
        place = begin
    lines = read_lines(file, number=place.line, offset=place.offset)
    records = join_records(lines) if format == Format.CSV else lines
    is_empty = begin is None
    for body, end in _split_records(records, len(header), max_rows):
        is_empty = False
        yield Chunk(header + body, header_lines, place, end)
        place = end
    if is_empty:
        yield Chunk(header, header_lines, place, place)  # the import checks the header


def _read_header(file: IO[bytes]) -> tuple[bytes, Place]:
    """Return the header of a CSV file with its line end, and the place after it."""
    record = next(join_records(read_lines(file)), Line(1, b"", 0))
    header = (record.text or b"") + b"\n"
    return header, Place(record.end, 1 + header.count(b"\n"))


def _split_records(
    records: Iterator[Line], header_size: int, max_rows: int
) -> Iterator[tuple[bytes, Place]]:
    """Yield the text of rows, and the place after them.

    A chunk ends after a record that is too long. Its replacement in the body has one line, so the
    line numbers of later rows would be wrong.
    """
    rows: list[bytes] = []
    rest = MAX_CHUNK_BYTES - header_size
    previous: Line | None = None
    for record in records:
        text = (TOO_LONG_TEXT if record.text is None else record.text) + b"\n"
        if (
            rows
            and previous
            and (len(rows) == max_rows or len(text) > rest or previous.text is None)
        ):
            yield b"".join(rows), Place(previous.end, record.number)
            rows, rest = [], MAX_CHUNK_BYTES - header_size
        rows.append(text)
        rest -= len(text)
        previous = record
    if previous:
        yield b"".join(rows), Place(previous.end, previous.number + rows[-1].count(b"\n"))
