"""Answers that are sent while they are made: in bounded memory, and few at a time.

The application's context stays until the last chunk, so what makes them may read the database. A
refusal before the first chunk is a problem document as anywhere; afterwards there is only one way
to say that something went wrong, which is not to finish.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from time import monotonic
from typing import Any, cast

import orjson
import structlog
from flask import Response, stream_with_context

from api.core.errors import Overloaded
from api.web.schemas import Model, renderer

NDJSON = "application/x-ndjson"
CHUNK = 65_536  # bytes, from which on a chunk is sent
CHUNK_SECONDS = 1.0  # after which it is sent anyway, so that progress can be seen
PLACES = 2  # requests of one kind that stream at a time, in each process
RETRY_AFTER = 10  # seconds
LINE = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE

log = structlog.get_logger()


class Broken(Exception):
    """An answer cannot be finished; what happened is in the log."""


class Places:
    """Room for a few requests at a time; who finds none is told to come back."""

    def __init__(self, number: int = PLACES) -> None:
        self.free = BoundedSemaphore(number)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            Overloaded: there is none.
        """
        if not self.free.acquire(blocking=False):
            raise Overloaded(RETRY_AFTER)
        try:
            yield
        finally:
            self.free.release()


answering = Places()


@dataclass(frozen=True)
class Lines:
    """What an operation answers where it has too much to say to hold it.

    Its view returns an iterator of objects, each of which is a line of JSON; without ``each``, of
    bytes that are sent as they are. None of it is in a transaction: what writes, commits by itself.
    """

    each: Model | None = None
    media_type: str = NDJSON

    def rendered(self, results: Iterable[Any]) -> Iterable[bytes]:
        if self.each is None:
            return results
        render = renderer(self.each)
        return (orjson.dumps(render(result), option=LINE) for result in results)


class Stream:
    """The chunks of one answer. Whoever sends them closes it, however far that went."""

    def __init__(self, chunks: Generator[bytes, None, None]) -> None:
        self.chunks = chunks
        self.at_end: list[Callable[[], None]] = []

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> bytes:
        return next(self.chunks)

    def close(self) -> None:
        """End what makes the chunks, and tell those who wait for that, once."""
        try:
            self.chunks.close()
        finally:
            waiting, self.at_end = self.at_end, []
            for told in waiting:
                told()


class Streaming(Response):
    """An answer that is sent while it is made."""

    def __call__(self, _environ: Any, start_response: Callable[..., Any]) -> Stream:
        start_response(self.status, self.headers.to_wsgi_list())
        return Stream(cast("Generator[bytes, None, None]", self.response))


def begin(results: Iterable[Any], lines: Lines, held: ExitStack) -> Generator[bytes, None, None]:
    """Make the first chunk, and return what makes all; ``held`` is given back at the end of it.

    It may raise what a view may raise, and then nothing has been sent.
    """
    if close := getattr(results, "close", None):
        held.callback(close)
    chunks = held.enter_context(closing(gathered(lines.rendered(results))))
    first = next(chunks, b"")
    rest: Generator[bytes, None, None] = stream_with_context(_rest(first, chunks, held.pop_all()))  # type: ignore[assignment]
    next(rest)  # so that it holds the context before Flask lets go of it
    return rest


def gathered(parts: Iterable[bytes]) -> Generator[bytes, None, None]:
    """Join small parts into chunks that are worth sending."""
    begun, size, kept = monotonic(), 0, []
    for part in parts:
        kept.append(part)
        size += len(part)
        if size >= CHUNK or monotonic() - begun >= CHUNK_SECONDS:
            yield b"".join(kept)
            begun, size, kept = monotonic(), 0, []
    if kept:
        yield b"".join(kept)


def _rest(
    first: bytes, chunks: Generator[bytes, None, None], held: ExitStack
) -> Generator[bytes, None, None]:
    with held:
        yield b""
        try:
            yield first
            yield from chunks
        except GeneratorExit:
            log.info("answer.unread")
            raise
        except BaseException as error:
            log.exception("answer.broken", error=type(error).__name__)
            raise Broken from error
