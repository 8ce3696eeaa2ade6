"""Reading lines and CSV records of bounded length."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TextIO

MAX_RECORD_CHARACTERS = 128 * 1024


class Line(NamedTuple):
    """A line or a record, without its line end.

    ``text`` is None if it is longer than MAX_RECORD_CHARACTERS.
    """

    number: int
    text: str | None


def read_lines(file: TextIO) -> Iterator[Line]:
    """Yield the lines of a file whose line ends have been converted to LF."""
    number = 1
    while text := file.readline(MAX_RECORD_CHARACTERS + 1):
        is_too_long = len(text) > MAX_RECORD_CHARACTERS and not text.endswith("\n")
        if is_too_long:
            _skip_line(file)
        yield Line(number, None if is_too_long else text.removesuffix("\n"))
        number += 1


def _skip_line(file: TextIO) -> None:
    while text := file.readline(MAX_RECORD_CHARACTERS):
        if text.endswith("\n"):
            break


def join_records(lines: Iterable[Line]) -> Iterator[Line]:
    """Join lines into CSV records (RFC 4180). A record continues while a quotation is open.

    After a record that is too long, the next line starts a new record, because the end of the
    quotation may be missing.
    """
    number, size, is_quoted = 0, 0, False
    texts: list[str] = []
    for line in lines:
        number = number or line.number
        if line.text is not None:
            texts.append(line.text)
            size += len(line.text) + 1
            is_quoted ^= line.text.count('"') % 2 == 1
        is_too_long = line.text is None or size > MAX_RECORD_CHARACTERS + 1
        if is_quoted and not is_too_long:
            continue
        yield Line(number, None if is_too_long else "\n".join(texts))
        number, size, texts, is_quoted = 0, 0, [], False
    if number:
        yield Line(number, "\n".join(texts))
