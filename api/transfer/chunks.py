"""Splitting the rows of a file into chunks of NDJSON. One request imports one chunk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import orjson

from api.transfer.row import Row

MAX_CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file. ``begin`` and ``end`` count the rows before and up to its end.

    ``must_exist`` is the same for all of its rows.
    ``sent`` are the rows in the body, in their order. ``rejected`` are rows that could not be read.
    """

    body: bytes
    sent: tuple[Row, ...]
    rejected: tuple[Row, ...]
    begin: int
    end: int

    @property
    def must_exist(self) -> bool:
        return any(row.must_exist for row in self.sent)

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.sent + self.rejected


def split_rows(rows: Iterable[Row], *, max_rows: int, begin: int = 0) -> Iterator[Chunk]:
    """Yield the chunks of a file after ``begin`` rows.

    The same arguments yield the same chunks. So a chunk that is sent again is the same request.
    """
    lines: list[bytes] = []
    taken: list[Row] = []
    size = 0
    for number, given in enumerate(islice(rows, begin, None), begin + 1):
        row = given._replace(record=number)
        line = b"" if row.errors else orjson.dumps(row.members, option=orjson.OPT_APPEND_NEWLINE)
        is_full = len(taken) == max_rows or size + len(line) > MAX_CHUNK_BYTES
        if taken and (is_full or row.must_exist is not taken[-1].must_exist):
            yield _make_chunk(taken, lines, begin)
            begin += len(taken)
            taken, lines, size = [], [], 0
        taken.append(row)
        lines.append(line)
        size += len(line)
    if taken:
        yield _make_chunk(taken, lines, begin)


def _make_chunk(rows: list[Row], lines: list[bytes], begin: int) -> Chunk:
    return Chunk(
        body=b"".join(lines),
        sent=tuple(row for row in rows if not row.errors),
        rejected=tuple(row for row in rows if row.errors),
        begin=begin,
        end=begin + len(rows),
    )
