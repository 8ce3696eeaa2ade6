"""Bodies too large for memory: they are kept in a file without a name while a request lasts."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

import structlog
from flask import Flask, Request, current_app
from werkzeug.wsgi import get_input_stream

from api.web.http_errors import NoRoom, PayloadTooLarge, UnsupportedMediaType
from api.web.schemas import Model
from api.web.streams import Places

IN_MEMORY = 65_536  # bytes; more of a body is in a file
PIECE = 262_144  # bytes that are read at once
DIRECTORY = "UPLOAD_DIRECTORY"

uploading = Places()
log = structlog.get_logger()


@dataclass(frozen=True)
class Streamed:
    """What an operation takes in where it takes too much to hold it.

    Its view is given ``body``, a binary file at its start, and ``media_type``, one of these.
    ``each`` is the shape of its lines, for the contract.
    """

    media_types: tuple[str, ...]
    longest: int  # bytes
    each: Model | None = None


@contextmanager
def received(request: Request, takes: Streamed) -> Iterator[BinaryIO]:
    """Take in the body and lend it as a file, which goes with the request.

    Raises:
        UnsupportedMediaType: it is declared as something else.
        Overloaded: as many as can be are on their way in already.
        PayloadTooLarge: it is longer than declared.
        NoRoom: there is nowhere to put it.
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype not in takes.media_types or charset != "utf-8":
        raise UnsupportedMediaType
    directory = current_app.config[DIRECTORY]
    with uploading.taken(), SpooledTemporaryFile(IN_MEMORY, dir=directory) as file:
        kept = cast("BinaryIO", file)
        _copy(request, kept, takes.longest)
        yield kept


def _copy(request: Request, file: BinaryIO, longest: int) -> None:
    arriving = get_input_stream(request.environ, max_content_length=longest + 1)
    size = 0
    while piece := arriving.read(PIECE):
        size += len(piece)
        if size > longest:
            raise PayloadTooLarge
        with _room():
            file.write(piece)
    with _room():
        file.seek(0)


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        log.warning("upload.no_room", error=errno.errorcode.get(error.errno or 0))
        raise NoRoom from error


def init_app(app: Flask, directory: Path) -> None:
    """Keep large bodies there."""
    app.config[DIRECTORY] = directory
