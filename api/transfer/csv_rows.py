"""Reading the rows of CSV whose separator is found in the header."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from api.core.errors import InvalidRequest, ValidationError
from api.core.json_pointer import make_pointer
from api.core.validation_rules import ValidationRule
from api.transfer.encodings import make_unrecognised
from api.transfer.layouts import Layout, fold_name, read_boolean
from api.transfer.lines import Line
from api.transfer.row import NOT_CSV, TOO_LONG, Row

SEPARATORS = (",", ";", "\t", "|")
DECLARATION = "sep="  # the first line of a file that Excel has to open
MAX_REPORTED_NAME_LENGTH = 64
MAX_REPORTED_COLUMNS = 50
OTHER_SYSTEMS = "convert another system's export with `rollbook users import --from`"
BLANKS = " \t\r\u00a0"


@dataclass(frozen=True)
class Header:
    """The names of the columns, and the separator."""

    names: list[str]
    separator: str


def read_table(records: Iterator[Line], layout: Layout) -> tuple[Header, Iterator[Line]]:
    """Return the header, and the records after it.

    Raises:
        InvalidRequest: the header has an unknown or a repeated column, or lacks a required one.
    """
    first = _next_record(records)
    declared = _read_declaration(first.text or "")
    if declared:
        first = _next_record(records)
    separators = (declared,) if declared else SEPARATORS
    if layout.header and not _has_known_column(first.text or "", separators, layout):
        return Header(list(layout.header), declared or ","), _prepend(first, records)
    header = _find_header(first.text or "", separators, layout)
    if errors := list(islice(_check_header(header.names, layout), MAX_REPORTED_COLUMNS)):
        raise InvalidRequest(errors)
    return header, records


def read_records(records: Iterable[Line], header: Header, layout: Layout) -> Iterator[Row]:
    """Yield a row for each record that has a cell with text."""
    for record in records:
        if record.text is None:
            yield Row(record.number, None, (TOO_LONG,))
            continue
        try:
            cells = _read_cells(record.text, header.separator)
        except ValueError:
            yield Row(record.number, None, (NOT_CSV,))
            continue
        if any(cells):
            yield _read_record(record, cells, header.names, layout)


def _next_record(records: Iterator[Line]) -> Line:
    """Return the first record that is not blank, or an empty one."""
    return next((line for line in records if line.text is None or line.text.strip()), Line(1, ""))


def _prepend(first: Line, records: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from records


def _read_declaration(text: str) -> str:
    """Return the separator that the line ``sep=;`` declares, or an empty string."""
    text = text.strip('" ').casefold()
    is_declaration = text.startswith(DECLARATION) and len(text) == len(DECLARATION) + 1
    return text[-1] if is_declaration else ""


def _has_known_column(text: str, separators: Iterable[str], layout: Layout) -> bool:
    return any(layout.find_column(name) for each in separators for name in _read_names(text, each))


def _find_header(text: str, separators: Iterable[str], layout: Layout) -> Header:
    """Return the header with the separator that yields the most known columns.

    Raises:
        InvalidRequest: there is no known column.
    """
    found = [Header(_read_names(text, each), each) for each in separators]
    best = max(found, key=lambda header: sum(map(bool, map(layout.find_column, header.names))))
    if not any(map(layout.find_column, best.names)):
        known = ", ".join(list(layout.columns)[:8])
        remedy = "check --from" if layout.is_open else OTHER_SYSTEMS
        raise make_unrecognised(
            "The first line is not a header with known columns separated by comma, semicolon, tab "
            f"or |; name the columns ({known}, …), or {remedy}."
        )
    return Header([layout.find_column(name) or name for name in best.names], best.separator)


def _read_names(text: str, separator: str) -> list[str]:
    """Return the names in a header without the empty ones at its end."""
    try:
        names = _read_cells(text, separator)
    except ValueError:
        return []
    while names and not names[-1]:
        names.pop()
    return names


def _check_header(names: list[str], layout: Layout) -> Iterator[ValidationError]:
    for position, name in enumerate(names, 1):
        if not name:
            message = f"column {position} of the header has no name; name or remove it"
            yield ValidationError("", ValidationRule.UNNAMED, message)
        elif not layout.is_open and name not in layout.columns:
            pointer = make_pointer(name[:MAX_REPORTED_NAME_LENGTH])
            yield ValidationError(pointer, ValidationRule.ADDITIONAL_PROPERTIES, "is not known")
    for name in layout.required:
        if name not in names:
            yield ValidationError(make_pointer(name), ValidationRule.REQUIRED, "is required")
    counts = Counter(map(fold_name, names))
    for name in dict.fromkeys(filter(None, names)):
        if counts[fold_name(name)] > 1:
            pointer = make_pointer(name[:MAX_REPORTED_NAME_LENGTH])
            yield ValidationError(pointer, ValidationRule.REPEATED, "is repeated")


def _read_record(record: Line, cells: list[str], names: list[str], layout: Layout) -> Row:
    if len(cells) > len(names) and not any(cells[len(names) :]):
        cells = cells[: len(names)]
    if len(cells) != len(names):
        message = f"must have {len(names)} cells like the header"
        return Row(record.number, None, (ValidationError("", ValidationRule.COLUMNS, message),))
    members: dict[str, Any] = {}
    errors = []
    for name, cell in zip(names, cells, strict=True):
        try:
            if cell:
                members[name] = layout.columns.get(name, str)(cell)
        except ValueError:
            errors.append(_describe_cell(name, layout))
    return Row(record.number, members, tuple(errors), len(record.text or ""))


def _describe_cell(name: str, layout: Layout) -> ValidationError:
    if layout.columns[name] is read_boolean:
        return ValidationError(make_pointer(name), ValidationRule.TYPE, "must be true or false")
    return ValidationError(make_pointer(name), ValidationRule.JSON, "is not JSON")


def _read_cells(text: str, separator: str) -> list[str]:
    """Return the cells of one record without outer blanks.

    Raises:
        ValueError: the text is not a CSV record, or has bytes that are not in its encoding.
    """
    text.encode()
    try:
        reader = csv.reader([text], strict=True, delimiter=separator, skipinitialspace=True)
        return [cell.strip(BLANKS) for cell in next(reader, [])]
    except csv.Error as error:
        raise ValueError from error
