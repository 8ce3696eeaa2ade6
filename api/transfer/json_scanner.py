"""Reading the values of a large JSON text one after the other.

The standard decoder parses one value at a position. So a text of any size is read with one value
in memory. A streaming parser such as ijson was not chosen: it keeps a path for each level, so that
a small body with many levels takes gigabytes, and it does not report repeated members.
"""

import json
import re
from typing import TextIO

from api.core.errors import InvalidRequest
from api.transfer.encodings import make_unrecognised

BLOCK_CHARACTERS = 64 * 1024
MAX_VALUE_CHARACTERS = 16 * 1024 * 1024
BLANKS = re.compile(r"[ \t\n\r]*")

decoder = json.JSONDecoder()


class JsonScanner:
    """A position in a JSON text. ``line`` is its line number."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.line = 1
        self._text = ""
        self._position = 0  # in the text

    def peek(self) -> str:
        """Skip blanks, and return the next character, or an empty string at the end."""
        while True:
            blanks = BLANKS.match(self._text, self._position)
            self._move(blanks.end() if blanks else self._position)
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._read_block():
                return ""

    def take(self, character: str) -> bool:
        """Skip this character if it is the next one, and return whether it was."""
        if self.peek() != character:
            return False
        self._position += 1
        return True

    def require(self, character: str) -> None:
        """Skip this character.

        Raises:
            InvalidRequest: the next character is another one.
        """
        if not self.take(character):
            raise self.make_error()

    def read_value(self) -> str:
        """Return the text of the next value.

        Raises:
            InvalidRequest: it is not JSON, or it is longer than MAX_VALUE_CHARACTERS.
        """
        self.peek()
        while (end := self._find_end()) is None:
            size = len(self._text) - self._position
            if size > MAX_VALUE_CHARACTERS or not self._read_block():
                raise self.make_error()
        value = self._text[self._position : end]
        self._move(end)
        return value

    def _find_end(self) -> int | None:
        """Return the end of the value, or None if it may continue in what has not been read."""
        while True:
            try:
                _, end = decoder.raw_decode(self._text, self._position)
            except (ValueError, RecursionError):
                return None
            if end < len(self._text) or not self._read_block():
                return end

    def _move(self, position: int) -> None:
        self.line += self._text.count("\n", self._position, position)
        self._position = position

    def _read_block(self) -> bool:
        """Read about as much as is in memory, so that a long value is not parsed too often."""
        rest = self._text[self._position :]
        block = self.file.read(max(BLOCK_CHARACTERS, len(rest)))
        self._text, self._position = rest + block, 0
        return bool(block)

    def make_error(self) -> InvalidRequest:
        return make_unrecognised(
            f"The JSON is damaged, ends too early or has too many levels near line {self.line}; "
            "export the file again."
        )
