"""Where log lines go: standard output and, if LOG_FILE is set, a file.

The file is only appended to. A tool such as logrotate (``copytruncate``) rotates it.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600
FAILURES = (OSError, ValueError, AttributeError)  # full, closed, or missing


class Sink:
    """Writes whole lines. A line that cannot be written is dropped: no request fails over its log.

    Standard output is looked up for every line, because tests replace it.
    """

    def __init__(self) -> None:
        self.file: int | None = None

    def open_file(self, path: Path | None) -> None:
        """Append to this file from now on, or to none.

        Several processes may append: ``O_APPEND`` keeps lines whole.
        """
        if self.file is not None:
            os.close(self.file)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self.file = os.open(path, flags, PRIVATE) if path else None

    def write(self, line: bytes) -> None:
        with suppress(*FAILURES):
            sys.stdout.buffer.write(line)
        if self.file is not None:
            with suppress(*FAILURES):
                os.write(self.file, line)

    def flush(self) -> None:
        with suppress(*FAILURES):
            sys.stdout.buffer.flush()
