"""Reading the rows of a body in NDJSON or CSV. Each row has the members of one account."""

import csv
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from io import BytesIO
from itertools import islice
from typing import Any, NamedTuple

from api.core import json_reader
from api.core.errors import InvalidRequest, ValidationError
from api.core.json_pointer import make_pointer
from api.transfer.errors import TooManyRows
from api.transfer.lines import MAX_RECORD_BYTES, Line, join_records, read_lines

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_REPORTED_NAME_LENGTH = 64
MAX_REPORTED_COLUMNS = 50

# The functions that convert a CSV cell to a member. An empty cell means that the member is missing.
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
    "external_source": str,
    "external_id": str,
    "must_change_password": json_reader.read,
    "password_hash": str,
    "created_at": str,
    "updated_at": str,
    "deleted_at": str,
}
REQUIRED_COLUMNS = ("email",)
TOO_LONG = ValidationError("", "line_too_long", f"is longer than {MAX_RECORD_BYTES} bytes")
NOT_JSON = ValidationError("", "json", "is not JSON, repeats a member name or has too many levels")
NOT_CSV = ValidationError("", "csv", "is not CSV in UTF-8")


class Format(StrEnum):
    """The format of a file with rows."""

    CSV = "csv"
    NDJSON = "ndjson"


class Row(NamedTuple):
    """The members of a row, or the errors that prevented reading them."""

    line: int
    members: object
    errors: tuple[ValidationError, ...] = ()
    size: int = 0  # in bytes


def read_rows(
    body: bytes,
    format: Format,  # noqa: A002  its name on the command line
    *,
    max_rows: int,
) -> Iterator[Row]:
    """Return the rows of a body. Blank lines are not rows, but count as lines.

    Raises:
        InvalidRequest: the CSV header has an unknown or a repeated column, or lacks a required one.
        TooManyRows
    """
    lines = read_lines(BytesIO(body))
    if format == Format.NDJSON:
        return _read_ndjson(_limit_lines(lines, max_rows))
    records = join_records(lines)
    header = _read_header(next(records, Line(1, b"", 0)))
    return _read_csv(_limit_lines(records, max_rows), header)


def _limit_lines(lines: Iterator[Line], max_rows: int) -> list[Line]:
    limited = list(islice(lines, max_rows + 1))
    if len(limited) > max_rows:
        raise TooManyRows(max_rows)
    return limited


def _clean(line: Line) -> bytes | None:
    """Return the text without carriage return and byte order mark, or None if it is too long."""
    if line.text is None:
        return None
    text = line.text.removeprefix(BYTE_ORDER_MARK) if line.number == 1 else line.text
    return text.rstrip(b"\r")


def _read_ndjson(lines: Iterable[Line]) -> Iterator[Row]:
    for line in lines:
        text = _clean(line)
        if text is None:
            yield Row(line.number, None, (TOO_LONG,))
        elif text:
            yield _read_object(line.number, text)


def _read_object(number: int, text: bytes) -> Row:
    try:
        return Row(number, json_reader.read(text), size=len(text))
    except ValueError:
        return Row(number, None, (NOT_JSON,))


def _read_header(record: Line) -> list[str]:
    try:
        names = _read_cells(_clean(record) or b"")
    except ValueError:
        error = ValidationError("", "csv", "has no valid header")
        raise InvalidRequest([error]) from None
    if errors := list(islice(_check_header(names), MAX_REPORTED_COLUMNS)):
        raise InvalidRequest(errors)
    return names


def _check_header(names: list[str]) -> Iterator[ValidationError]:
    for name in names:
        if name not in COLUMNS:
            pointer = make_pointer(name[:MAX_REPORTED_NAME_LENGTH])
            yield ValidationError(pointer, "additionalProperties", "is not known")
    for name in REQUIRED_COLUMNS:
        if name not in names:
            yield ValidationError(make_pointer(name), "required", "is required")
    for name in COLUMNS:
        if names.count(name) > 1:
            yield ValidationError(make_pointer(name), "repeated", "is repeated")


def _read_csv(records: Iterable[Line], header: list[str]) -> Iterator[Row]:
    for record in records:
        text = _clean(record)
        if text is None:
            yield Row(record.number, None, (TOO_LONG,))
        elif text:
            yield _read_record(record.number, text, header)


def _read_record(number: int, text: bytes, header: list[str]) -> Row:
    try:
        cells = _read_cells(text)
    except ValueError:
        return Row(number, None, (NOT_CSV,))
    if len(cells) != len(header):
        message = f"must have {len(header)} cells like the header"
        return Row(number, None, (ValidationError("", "columns", message),))
    members: dict[str, Any] = {}
    errors = []
    for name, cell in zip(header, cells, strict=True):
        try:
            if cell:
                members[name] = COLUMNS[name](cell)
        except ValueError:
            errors.append(ValidationError(make_pointer(name), "json", "is not JSON"))
    return Row(number, members, tuple(errors), len(text))


def _read_cells(text: bytes) -> list[str]:
    """Return the cells of one record.

    Raises:
        ValueError: the text is not a CSV record in UTF-8.
    """
    try:
        return next(csv.reader([text.decode()], strict=True), [])
    except csv.Error as error:
        raise ValueError from error
