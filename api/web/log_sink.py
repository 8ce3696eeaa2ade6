"""Where log lines go: standard output and, where one is wanted, a file of bounded size."""

import fcntl
import os
import sys
from contextlib import suppress
from pathlib import Path

FULL = 10 * 1024 * 1024
KEPT = 5
PRIVATE = 0o600
FAILURES = (OSError, ValueError, AttributeError)  # full, closed, or none at all


class RotatingFile:
    """A file to which several processes append whole lines.

    The standard library's rotating handler keeps the file open, so that the workers would write
    to and rename each other's files. This one opens it anew for every line (about 10 µs): O_APPEND
    keeps lines whole, and whoever finds the file full puts it aside under a lock.
    """

    def __init__(self, path: Path, *, full: int = FULL, kept: int = KEPT) -> None:
        self.path = path
        self.full = full
        self.kept = kept

    def write(self, line: bytes) -> None:
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE)
        try:
            os.write(file, line)
            size = os.fstat(file).st_size
        finally:
            os.close(file)
        if size >= self.full:
            self._put_aside()

    def _put_aside(self) -> None:
        lock = os.open(f"{self.path}.lock", os.O_WRONLY | os.O_CREAT, PRIVATE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with suppress(FileNotFoundError):  # another worker was faster
                if self.path.stat().st_size >= self.full:
                    self._rename()
        finally:
            os.close(lock)

    def _rename(self) -> None:
        for number in range(self.kept - 1, 0, -1):
            older = self._old(number)
            if older.exists():
                older.replace(self._old(number + 1))
        self.path.replace(self._old(1))

    def _old(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


class Sink:
    """Takes whole lines. One that cannot be written is given up: no request fails over its log.

    Standard output is looked up for every line, since it is exchanged at times (by tests).
    """

    def __init__(self) -> None:
        self.file: RotatingFile | None = None

    def write(self, line: bytes) -> None:
        with suppress(*FAILURES):
            sys.stdout.buffer.write(line)
        if self.file:
            with suppress(*FAILURES):
                self.file.write(line)

    def flush(self) -> None:
        with suppress(*FAILURES):
            sys.stdout.buffer.flush()
