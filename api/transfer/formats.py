"""Rows of a file, whatever it is written in: each becomes the members of one account."""

import csv
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from api.core import json_reader
from api.core.errors import InvalidRequest, ValidationError
from api.transfer import lines
from api.transfer.lines import Line

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_REPORTED_NAME_LENGTH = 64
MOST_EMPTY = 1000  # lines that are left out


# How a cell is read. What is empty was not given.
COLUMNS: dict[str, Callable[[str], Any]] = {
    "id": str,
    "username": str,
    "email": str,
    "display_name": str,
    "roles": str.split,
    "status": str,
    "status_reason": str,
    "user_metadata": json_reader.read,
    "app_metadata": json_reader.read,
    "password_hash": str,
    "created_at": str,
    "updated_at": str,
    "deleted_at": str,
}
NEEDED = ("username", "email")


class Format(StrEnum):
    """What a file is written in."""

    CSV = "csv"
    NDJSON = "ndjson"


class Row(NamedTuple):
    """What a row holds, or what keeps it from being read."""

    line: int
    members: Any
    findings: tuple[ValidationError, ...] = ()
    size: int = 0  # octets that it was read from


def rows(source: Iterable[bytes], format: Format) -> Iterator[Row]:  # noqa: A002  its name outside
    """Read the rows of a source, which may be cut into chunks anywhere.

    Raises:
        Invalid: at once, where the header of a CSV names columns that nobody knows.
    """
    if format == Format.NDJSON:
        return _rows_of_ndjson(_unmarked(lines.lines(source)))
    records = _unmarked(lines.records(source))
    header = _header(next(records, Line(1, b"")))
    return _rows_of_csv(records, header)


def _unmarked(read: Iterator[Line]) -> Iterator[Line]:
    """Leave out the byte order mark, and lines in which there is nothing.

    Where these are many, they are rows in which there is nothing, and count as such.
    """
    empty = 0
    for line in read:
        text = line.text
        if text is not None:
            text = text.removeprefix(BYTE_ORDER_MARK) if line.number == 1 else text
            text = text.rstrip(b"\r")
        empty += text == b""
        if text != b"" or empty > MOST_EMPTY:
            yield Line(line.number, text)


def _rows_of_ndjson(read: Iterator[Line]) -> Iterator[Row]:
    for number, text in read:
        if text is None:
            yield _refused(number, "line_too_long", "is longer than 128 KiB")
            continue
        try:
            members = json_reader.read(text)
        except ValueError:
            yield _refused(number, "json", "is not JSON, repeats a member or is nested too deep")
        else:
            yield Row(number, members, size=len(text))


def _header(record: Line) -> list[str]:
    try:
        names = _cells(record.text or b"")
    except ValueError:
        raise InvalidRequest([ValidationError("", "csv", "does not begin with a header")]) from None
    findings = [
        ValidationError(
            f"/{name[:MAX_REPORTED_NAME_LENGTH]}", "additionalProperties", "is not known"
        )
        for name in names
        if name not in COLUMNS
    ]
    findings += [
        ValidationError(f"/{name}", "required", "is required")
        for name in NEEDED
        if name not in names
    ]
    findings += [
        ValidationError(f"/{name}", "repeated", "is given twice")
        for name in COLUMNS
        if names.count(name) > 1
    ]
    if findings:
        raise InvalidRequest(findings[:50])
    return names


def _rows_of_csv(records: Iterator[Line], header: list[str]) -> Iterator[Row]:
    for number, text in records:
        if text is None:
            yield _refused(number, "line_too_long", "is longer than 128 KiB")
            continue
        try:
            cells = _cells(text)
        except ValueError:
            yield _refused(number, "csv", "is not CSV in UTF-8")
            continue
        if len(cells) != len(header):
            yield _refused(number, "columns", f"must have {len(header)} cells, as the header has")
        else:
            yield _row_of_cells(number, header, cells)


def _row_of_cells(number: int, header: list[str], cells: list[str]) -> Row:
    members, findings = {}, []
    for name, cell in zip(header, cells, strict=True):
        try:
            if cell:
                members[name] = COLUMNS[name](cell)
        except ValueError:
            findings.append(ValidationError(f"/{name}", "json", "is not JSON"))
    return Row(number, members, tuple(findings))


def _cells(text: bytes) -> list[str]:
    """Read one record.

    Raises:
        ValueError: it is not one.
    """
    try:
        return next(csv.reader([text.decode()], strict=True), [])
    except csv.Error as error:
        raise ValueError from error


def _refused(number: int, rule: str, message: str) -> Row:
    return Row(number, None, (ValidationError("", rule, message),))
