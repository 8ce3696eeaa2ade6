"""Opening the file of an import, which may be standard input or compressed with gzip."""

import gzip
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

import click

GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Source:
    """A seekable file. ``stored`` is the file that holds it, perhaps compressed."""

    content: IO[bytes]
    stored: IO[bytes]


@contextmanager
def open_source(path: Path | None) -> Iterator[Source]:
    """Yield the file, or a copy of standard input, which is deleted afterwards.

    Recognising a file reads it more than once, which standard input does not allow.

    Raises:
        ClickException: the compressed file is damaged.
    """
    with path.open("rb") if path else tempfile.TemporaryFile() as stored:
        if path is None:
            shutil.copyfileobj(sys.stdin.buffer, stored)
        stored.seek(0)
        is_compressed = stored.read(len(GZIP)) == GZIP
        stored.seek(0)
        try:
            yield Source(_decompress(stored) if is_compressed else stored, stored)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise click.ClickException("the gzip file is damaged; compress it again") from None


def _decompress(stored: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", BufferedReader(gzip.GzipFile(fileobj=stored)))
