"""Recognising a file, and reading its rows. Each row has the members of one account.

The format is recognised before the first row: the character encoding, the kind (CSV, one JSON
object per line, a JSON array, an object that holds an array) and the separator of CSV. What is not
recognised is rejected in one sentence. The endpoint and the command use the same functions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, TextIO

from api.transfer import csv_rows, json_rows
from api.transfer.encodings import find_encoding, make_unrecognised, open_text
from api.transfer.layouts import ACCOUNTS, Layout
from api.transfer.lines import MAX_RECORD_CHARACTERS, join_records, read_lines
from api.transfer.row import Row, limit_records

SAMPLE_CHARACTERS = 4096


class Format(StrEnum):
    """The format of a file with rows. NDJSON is JSON with one object per line."""

    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"


@dataclass(frozen=True)
class RowFile:
    """The rows of a file that has been recognised, and warnings about how it was read.

    ``text`` closes the file when it is no longer referenced.
    """

    format: Format
    rows: Iterator[Row]
    text: TextIO
    warnings: tuple[str, ...] = ()


def read_rows(
    file: IO[bytes],
    declared: Format | None = None,
    *,
    layout: Layout = ACCOUNTS,
    max_rows: int | None = None,
) -> RowFile:
    """Return the rows of a seekable file. Blank lines are not rows, but count as lines.

    Raises:
        InvalidRequest: the file is not recognised, is not in the declared format, or its header
            has an unknown or a repeated column, or lacks a required one.
        TooManyRows: while the rows are read.
    """
    encoding = find_encoding(file)
    text = open_text(file, encoding)
    found = _find_format(text, layout) or declared or Format.NDJSON
    if declared and (declared == Format.CSV) is not (found == Format.CSV):
        raise _make_mismatch(declared, found)
    text.seek(0)
    rows = READERS[found](text, layout, max_rows)
    return RowFile(found, rows, text, encoding.warnings)


def _find_format(text: TextIO, layout: Layout) -> Format | None:
    """Return the format, or None if the file is blank."""
    while sample := text.read(SAMPLE_CHARACTERS):
        if start := sample.lstrip():
            break
    else:
        return None
    if start[0] == "[":
        return Format.JSON
    if start[0] != "{":
        return Format.CSV
    first_line = start + text.readline(MAX_RECORD_CHARACTERS)
    first_line, line_end, rest = first_line.partition("\n")
    following = text.read(SAMPLE_CHARACTERS)
    if not line_end and following[:1] not in {"", "\n"}:  # too long for a row
        return Format.JSON
    is_only_line = not (rest + following).strip()
    is_lines = json_rows.is_one_per_line(first_line, is_only_line=is_only_line, layout=layout)
    return Format.NDJSON if is_lines else Format.JSON


def _make_mismatch(declared: Format, found: Format) -> Exception:
    names = {Format.CSV: "CSV", Format.JSON: "JSON", Format.NDJSON: "JSON"}
    return make_unrecognised(
        f"The file was declared as {names[declared]} but is {names[found]}; "
        "declare its real format, or leave the format out."
    )


def _read_csv(text: TextIO, layout: Layout, max_rows: int | None) -> Iterator[Row]:
    header, records = csv_rows.read_table(join_records(read_lines(text)), layout)
    return csv_rows.read_records(limit_records(records, max_rows), header, layout)


def _read_ndjson(text: TextIO, _: Layout, max_rows: int | None) -> Iterator[Row]:
    return json_rows.read_objects(limit_records(read_lines(text), max_rows))


def _read_json(text: TextIO, layout: Layout, max_rows: int | None) -> Iterator[Row]:
    return limit_records(json_rows.read_array(text, layout), max_rows)


READERS = {Format.CSV: _read_csv, Format.JSON: _read_json, Format.NDJSON: _read_ndjson}
