"""Splitting a file into chunks, in which each row keeps its line number."""

from io import BytesIO

import pytest

from api.transfer import chunks, formats
from api.transfer.chunks import read_chunks
from api.transfer.formats import Format
from api.transfer.lines import MAX_RECORD_BYTES

NDJSON = b'\xef\xbb\xbf{"a":1}\n\n{"a":3}\r\n' + b"x" * 200_000 + b'\n{"a":5}\n{"a":6}'
CSV = b'username,email\r\na,"b\nc"\r\n"' + b"x\n" * 65_540 + b"\r\nd,e\nf,g"


def split(text, kind, **options):
    return list(read_chunks(BytesIO(text), kind, **{"max_rows": 2, **options}))


def read_rows(text, kind, number=1_000_000):
    """Return each row of the body of a chunk or a file."""
    return [
        (row.line, row.members, row.errors)
        for row in formats.read_rows(text, kind, max_rows=number)
    ]


@pytest.mark.parametrize("max_rows", [1, 2, 3, 100])
@pytest.mark.parametrize(("text", "kind"), [(NDJSON, Format.NDJSON), (CSV, Format.CSV)])
def test_chunks_have_the_rows_of_the_file_with_their_lines(text, kind, max_rows):
    found = [
        (chunk.find_line(line), *rest)
        for chunk in split(text, kind, max_rows=max_rows)
        for line, *rest in read_rows(chunk.body, kind)
    ]

    assert found == read_rows(text, kind)


@pytest.mark.parametrize(("text", "kind"), [(NDJSON, Format.NDJSON), (CSV, Format.CSV)])
def test_a_file_can_be_continued_after_each_chunk(text, kind):
    all_chunks = split(text, kind)

    for number, chunk in enumerate(all_chunks, 1):
        assert split(text, kind, begin=chunk.end) == all_chunks[number:]
    assert all_chunks[-1].end.offset == len(text)


def test_a_chunk_is_limited_in_bytes(monkeypatch):
    monkeypatch.setattr(chunks, "MAX_CHUNK_BYTES", 25)

    bodies = [chunk.body for chunk in split(b'{"a":1234}\n' * 5, Format.NDJSON, max_rows=100)]

    assert [body.count(b"\n") for body in bodies] == [2, 2, 1]


@pytest.mark.parametrize(
    ("text", "kind"), [(b"", Format.NDJSON), (b"a,b\n", Format.CSV), (b"", Format.CSV)]
)
def test_a_file_without_rows_is_one_chunk(text, kind):
    assert [chunk.body.strip() for chunk in split(text, kind)] == [text.strip()]


def test_a_record_that_is_too_long_is_replaced_by_a_shorter_one():
    [chunk] = split(b"x" * 10_000_000, Format.NDJSON)

    assert len(chunk.body) == MAX_RECORD_BYTES + 2
