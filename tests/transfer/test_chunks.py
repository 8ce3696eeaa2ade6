"""Splitting a file into chunks, in which each row keeps its line number."""

from io import BytesIO

import pytest

from api.transfer import chunks, formats
from api.transfer.chunks import split_rows

NDJSON = b'\xef\xbb\xbf{"a":1}\n\n{"a":3}\r\n' + b"x" * 200_000 + b'\n{"a":5}\n{"a":6}'
CSV = b'username,email\r\na,"b\nc"\r\n"' + b"x\n" * 65_540 + b"\r\nd,e\nf,g"
ARRAY = b'[\n{"a":1},\n{"a":\n2}, 3, {"a":4,"a":5}]'
FILES = [NDJSON, CSV, ARRAY]


def read_rows(text):
    return list(formats.read_rows(BytesIO(text)).rows)


def split(text, *, max_rows=2, begin=0):
    return list(split_rows(read_rows(text), max_rows=max_rows, begin=begin))


@pytest.mark.parametrize("max_rows", [1, 2, 3, 100])
@pytest.mark.parametrize("text", FILES)
def test_chunks_have_the_rows_of_the_file_with_their_lines(text, max_rows):
    found = []
    for chunk in split(text, max_rows=max_rows):
        found += [row[:3] for row in chunk.rejected]
        sent = formats.read_rows(BytesIO(chunk.body)).rows
        lines = [row.line for row in chunk.sent]
        found += [(line, row.members, row.errors) for line, row in zip(lines, sent, strict=True)]

    assert sorted(found, key=lambda row: row[0]) == [row[:3] for row in read_rows(text)]


@pytest.mark.parametrize("text", FILES)
def test_a_file_can_be_continued_after_each_chunk(text):
    all_chunks = split(text)

    for number, chunk in enumerate(all_chunks, 1):
        assert split(text, begin=chunk.end) == all_chunks[number:]


def test_a_chunk_is_limited_in_bytes(monkeypatch):
    monkeypatch.setattr(chunks, "MAX_CHUNK_BYTES", 25)

    bodies = [chunk.body for chunk in split(b'{"a":1234}\n' * 5, max_rows=100)]

    assert [body.count(b"\n") for body in bodies] == [2, 2, 1]


@pytest.mark.parametrize("text", [b"", b" \n", b"[]", b"email\n", b'{"users": []}'])
def test_a_file_without_rows_has_no_chunk(text):
    assert split(text) == []
