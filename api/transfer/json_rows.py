"""Reading the rows of JSON: one object per line, an array, or an object that holds an array."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, TextIO

import orjson

from api.core import json_reader
from api.transfer.encodings import make_unrecognised
from api.transfer.json_scanner import JsonScanner
from api.transfer.layouts import Layout
from api.transfer.lines import MAX_RECORD_CHARACTERS, Line
from api.transfer.row import DOUBLED_BACKSLASHES, NOT_JSON, NOT_OBJECT, TOO_LONG, Row

BLANKS = " \t\r"
MAX_MEMBERS = 1000  # of an object that holds the users
MAX_SKIPPED_ITEMS = 100_000  # of each of its other arrays
DOUBLED = '\\\\"'  # a quote in a text, as COPY of PostgreSQL writes it
REMEDY = "write the users as a JSON array, or one JSON object per line"


def read_objects(lines: Iterable[Line]) -> Iterator[Row]:
    """Yield a row for each line that is not blank."""
    for line in lines:
        if line.text is None:
            yield Row(line.number, None, (TOO_LONG,))
        elif text := line.text.strip(BLANKS):
            yield _read_object(line.number, text)


def read_array(file: TextIO, layout: Layout) -> Iterator[Row]:
    """Yield a row for each item of the array in the file.

    Raises:
        InvalidRequest: the file is damaged, or is an object without an array of users.
    """
    scanner = JsonScanner(file)
    if scanner.peek() == "{":
        name = _find_array(JsonScanner(file), layout)
        file.seek(0)
        yield from read_member(file, name)
        return
    yield from _read_items(scanner)
    if scanner.peek():
        raise scanner.make_error()


def read_member(file: TextIO, name: str) -> Iterator[Row]:
    """Yield a row for each item of the array with this name in an object, if there is one.

    Raises:
        InvalidRequest: the file is damaged.
    """
    scanner = JsonScanner(file)
    for member in _scan_members(scanner):
        if member == name and scanner.peek() == "[":
            yield from _read_items(scanner)
        else:
            _skip_value(scanner)
    if scanner.peek():
        raise scanner.make_error()


def is_one_per_line(first_line: str, *, is_only_line: bool, layout: Layout) -> bool:
    """Return whether a JSON text that begins with this line has one account per line."""
    text = first_line.strip(BLANKS)
    value = None
    with suppress(orjson.JSONDecodeError):
        value = orjson.loads(text)
    if isinstance(value, dict):
        return not (is_only_line and _choose_array(value, layout))
    return text.startswith("{") and text.endswith("}")  # a damaged row


def _read_object(number: int, text: str) -> Row:
    if len(text) > MAX_RECORD_CHARACTERS:
        return Row(number, None, (TOO_LONG,))
    try:
        members = json_reader.read(text)
    except (ValueError, RecursionError):
        is_copied = DOUBLED in text and _is_json(text.replace("\\\\", "\\"))
        return Row(number, None, (DOUBLED_BACKSLASHES if is_copied else NOT_JSON,))
    errors = () if isinstance(members, dict) else (NOT_OBJECT,)
    return Row(number, members, errors, len(text))


def _is_json(text: str) -> bool:
    try:
        json_reader.read(text)
    except (ValueError, RecursionError):
        return False
    return True


def _read_items(scanner: JsonScanner) -> Iterator[Row]:
    for _ in _scan_items(scanner):
        number = scanner.line
        yield _read_object(number, scanner.read_value())


def _scan_items(scanner: JsonScanner) -> Iterator[None]:
    """Yield before each item of an array. The caller reads the item."""
    scanner.require("[")
    if scanner.take("]"):
        return
    while True:
        scanner.peek()
        yield
        if scanner.take("]"):
            return
        scanner.require(",")


def _scan_members(scanner: JsonScanner) -> Iterator[str]:
    """Yield the name of each member of an object. The caller reads the value."""
    scanner.require("{")
    if scanner.take("}"):
        return
    for _ in range(MAX_MEMBERS):
        if scanner.peek() != '"':
            raise scanner.make_error()
        name = scanner.read_value()
        scanner.require(":")
        yield orjson.loads(name) if name.isascii() else name.strip('"')
        if scanner.take("}"):
            return
        scanner.require(",")
    raise make_unrecognised(f"The JSON object has more than {MAX_MEMBERS} members; {REMEDY}.")


def _skip_value(scanner: JsonScanner) -> None:
    """Skip the value of a member that does not hold the users.

    Raises:
        InvalidRequest: it is an array with too many items.
    """
    if scanner.peek() != "[":
        scanner.read_value()
        return
    for number, _ in enumerate(_scan_items(scanner)):
        if number == MAX_SKIPPED_ITEMS:
            raise make_unrecognised(f"The JSON object has other large arrays; {REMEDY}.")
        scanner.read_value()


def _find_array(scanner: JsonScanner, layout: Layout) -> str:
    """Return the name of the member that holds the users. The scanner is at the start of the file.

    Raises:
        InvalidRequest: there is none, or it is not clear which it is.
    """
    scanner.file.seek(0)
    members: dict[str, Any] = {}
    for name in _scan_members(scanner):
        members[name] = [] if scanner.peek() == "[" else None
        if members[name] is not None and name.casefold() in layout.arrays:
            return name
        _skip_value(scanner)
    if scanner.peek():
        raise scanner.make_error()
    if chosen := _choose_array(members, layout):
        return chosen
    name = layout.arrays[0]
    raise make_unrecognised(f"The file is one JSON object without an array named {name}; {REMEDY}.")


def _choose_array(members: dict[str, Any], layout: Layout) -> str | None:
    """Return the name of the member that holds the users: a known one, or the only array."""
    arrays = [name for name, value in members.items() if isinstance(value, list)]
    named = [name for name in arrays if name.casefold() in layout.arrays]
    if named:
        return named[0]
    is_account = any(layout.find_column(name) for name in members)
    return arrays[0] if len(arrays) == 1 and not is_account else None
