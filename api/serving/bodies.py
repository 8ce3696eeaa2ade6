"""The body of a request: read whole before the application runs, or as the application asks.

Whole is the rule. The event loop reads it, so that slow clients hold no thread. Addresses that take
large bodies are served late: the application sees the head first, and what it does not ask for is
never taken in. Who asks then waits on a thread, so the application lets few do that at a time.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO, RawIOBase
from time import monotonic
from typing import Any

from api.core.errors import ApiError
from api.serving.environ import CODING
from api.web.http_errors import (
    BadRequest,
    ExpectationFailed,
    PayloadTooLarge,
    RequestTimeout,
    UnsupportedTransferCoding,
)
from api.web.request_guard import GUARD_ERROR, Environ, Headers

BODY_SECONDS = 10.0  # for a whole body; for each part of a late one
SLOWEST = 64 * 1024  # bytes a second of a late body, after the first BODY_SECONDS
DISCARDED = 16 * 1024 * 1024  # bytes taken in of a body that is refused: who sends can then read
PIECE = 256 * 1024  # bytes of a late body that the event loop hands over at once

LATE = "rollbook.late"  # where the body is found that has not been read
CLOSE = ("Connection", "close")


@dataclass(frozen=True)
class Bodies:
    """Reads bodies of ``longest`` bytes at most, within so many seconds.

    At the addresses of ``late`` the application reads them itself.
    """

    longest: int = 65_536
    seconds: float = BODY_SECONDS
    late: frozenset[str] = frozenset()

    async def take(self, environ: Environ, proto: Any) -> bool:
        """Put the body into the environ; say whether the connection can take another request."""
        coding = environ.pop(CODING, None)
        if coding is None and "CONTENT_LENGTH" not in environ:
            return True
        if coding is not None and coding.lower() != "chunked":
            environ[GUARD_ERROR] = UnsupportedTransferCoding
        if rejected := environ.get(GUARD_ERROR) or self._declined(environ):
            environ[GUARD_ERROR] = rejected
            return False
        if environ["PATH_INFO"] in self.late:
            environ["wsgi.input"] = environ[LATE] = LateBody(environ, proto, self.seconds)
            return True
        try:
            async with asyncio.timeout(self.seconds):
                return await self._read(environ, proto)
        except TimeoutError:
            environ[GUARD_ERROR] = RequestTimeout
            return False

    def _declined(self, environ: Environ) -> type[ApiError] | None:
        """Say no at once to who asks whether to send the body, if it will be refused anyway."""
        if "HTTP_EXPECT" not in environ:
            return None
        if environ["HTTP_EXPECT"].lower() != "100-continue":
            return ExpectationFailed
        if environ["PATH_INFO"] in self.late:
            return None
        too_long = int(environ.get("CONTENT_LENGTH", 0)) > self.longest
        return PayloadTooLarge if too_long else None

    async def _read(self, environ: Environ, proto: Any) -> bool:
        announced = _announced(environ)
        chunks, size, ends = [], 0, 0
        async for chunk in proto:
            size += len(chunk)
            ends += not chunk
            if size <= self.longest:
                chunks.append(chunk)
            if size == announced or size > DISCARDED:
                break
        # Granian ends a body with one empty chunk, and one that broke off with two.
        whole = size == announced or (announced is None and ends == 1)
        if size > self.longest:
            environ[GUARD_ERROR] = PayloadTooLarge
        elif not whole:
            environ[GUARD_ERROR] = BadRequest
        environ["CONTENT_LENGTH"] = str(size)
        environ["wsgi.input"] = BytesIO(b"".join(chunks))
        return whole


def _announced(environ: Environ) -> int | None:
    return int(environ["CONTENT_LENGTH"]) if "CONTENT_LENGTH" in environ else None


class LateBody(RawIOBase):
    """A body that arrives while the application reads it, on its thread, and how that is answered.

    What was not read to its end leaves a connection that nobody can use again.
    """

    def __init__(self, environ: Environ, proto: Any, seconds: float) -> None:
        super().__init__()
        self.proto = proto
        self.seconds = seconds
        self.loop = asyncio.get_running_loop()
        self.announced = _announced(environ)
        self.asks_first = "HTTP_EXPECT" in environ
        self.chunks: Any = None
        self.held = memoryview(b"")
        self.size = self.ends = 0
        self.waited = 0.0  # seconds, for the client alone
        self.whole = self.announced == 0
        self.rejected: type[ApiError] | None = None
        self.answer: tuple[Any, ...] | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Wait for the client.

        Raises:
            RequestTimeout: it takes too long.
            BadRequest: the body broke off.
        """
        if not self.held and not self.whole:
            arriving = asyncio.run_coroutine_threadsafe(self._piece(), self.loop)
            self.held = memoryview(arriving.result())
        room = memoryview(buffer).cast("B")
        count = min(len(room), len(self.held))
        room[:count] = self.held[:count]
        self.held = self.held[count:]
        return count

    async def _piece(self) -> bytes:
        chunks, size = [], 0
        while size < PIECE and not self.whole:
            chunk = await self._chunk()
            chunks.append(chunk)
            size += len(chunk)
        return b"".join(chunks)

    async def _chunk(self) -> bytes:
        if self.rejected is None and self._patience() <= 0:
            self.rejected = RequestTimeout
        if self.rejected:
            raise self.rejected
        begun = monotonic()
        try:
            async with asyncio.timeout(self._patience()):
                return self._taken(await self._next())
        except TimeoutError:
            self.rejected = RequestTimeout
        finally:
            self.waited += monotonic() - begun
        raise RequestTimeout

    def _patience(self) -> float:
        """Return how many seconds the next chunk has."""
        return min(self.seconds, self.seconds + self.size / SLOWEST - self.waited)

    async def _next(self) -> bytes | None:
        if self.chunks is None:
            self.chunks = aiter(self.proto)
        try:
            chunk: bytes = await anext(self.chunks)  # given a default, granian would crash
        except StopAsyncIteration:
            return None
        return chunk

    def _taken(self, chunk: bytes | None) -> bytes:
        """Count a chunk; there are as many empty ones at the end as ``Bodies`` says."""
        self.size += len(chunk or b"")
        self.ends += chunk == b""
        self.whole = self.size == self.announced or (
            chunk is None and self.announced is None and self.ends == 1
        )
        if chunk is None and not self.whole:
            self.rejected = BadRequest
            raise BadRequest
        return chunk or b""

    def response_bytes(self, *answer: Any) -> None:
        """Keep the answer until ``finish``."""
        self.answer = answer

    def response_stream(self, status: int, headers: Headers) -> Any:
        return self.proto.response_stream(status, self._told(headers))

    async def finish(self) -> None:
        """Answer, after taking in what the application left: who sends can then read.

        Then let go of what arrives, whoever still holds this: the connection closes no sooner.
        """
        if self.answer is not None:
            if self._ends_soon():
                await self._discard()
            status, headers, body = self.answer
            self.proto.response_bytes(status, self._told(headers), body)
        self.proto = self.chunks = None

    def _ends_soon(self) -> bool:
        if self.asks_first and self.chunks is None:  # so nothing is sent yet
            return False
        return self.announced is None or self.announced - self.size <= DISCARDED

    async def _discard(self) -> None:
        most = self.size + DISCARDED
        with suppress(ApiError, TimeoutError):
            async with asyncio.timeout(self.seconds):
                while not self.whole and self.size < most:
                    await self._chunk()

    def _told(self, headers: Headers) -> Headers:
        return headers if self.whole else [*headers, CLOSE]
