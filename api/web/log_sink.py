"""Where log lines go: standard output and, if LOG_FILE is set, a file.

The file is only appended to. A tool such as logrotate (``copytruncate``) rotates it.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from api.web.log_output import Output, open_output

if TYPE_CHECKING:
    from collections.abc import Callable

PRIVATE = 0o600
FAILURES = (OSError, ValueError, AttributeError)  # full, closed, or missing
STANDARD_OUTPUT, FILE = "stdout", "file"
STANDARD_OUTPUT_DESCRIPTOR = 1


class Sink:
    """Writes whole lines. A line that cannot be written is dropped: no request fails over its log.

    ``count_dropped`` is called with the name of the output for each line that is dropped.
    """

    def __init__(self) -> None:
        self.file: int | None = None
        self.file_output: Output | None = None
        self.process_output: Output | None = None
        self.count_dropped: Callable[[str], None] = lambda _output: None

    def open_file(self, path: Path | None) -> None:
        """Append to this file from now on, or to none.

        Several processes may append: ``O_APPEND`` keeps lines whole. A named pipe without a reader
        cannot be opened.
        """
        if self.file is not None:
            os.close(self.file)
        self.file = self.file_output = None
        if path:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK
            file = self.file = os.open(path, flags, PRIVATE)
            self.file_output = Output(file, lambda line: os.write(file, line))

    def write(self, line: bytes) -> None:
        try:
            written = self._write_to_standard_output(line)
        except FAILURES:
            written = False
        if not written:
            self.count_dropped(STANDARD_OUTPUT)
        if self.file_output is not None:
            self._write_to_file(self.file_output, line)

    def _write_to_standard_output(self, line: bytes) -> bool:
        """Write to the output of the process; tests, which replace ``sys.stdout``, get it there."""
        stream = sys.stdout
        if stream is None:  # it was closed before the start
            return False
        if stream is not sys.__stdout__:
            stream.buffer.write(line)
            return True
        if self.process_output is None:
            self.process_output = open_output(STANDARD_OUTPUT_DESCRIPTOR)
        return self.process_output.write(line)

    def _write_to_file(self, output: Output, line: bytes) -> None:
        try:
            written = output.write(line)
        except OSError:
            written = False
        if not written:
            self.count_dropped(FILE)

    def flush(self) -> None:
        with suppress(*FAILURES):
            sys.stdout.buffer.flush()
