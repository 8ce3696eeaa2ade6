"""The front of a worker: takes requests from granian (RSGI) and runs the WSGI application.

Granian's own WSGI holds a thread while a body arrives, so that thirty slow clients starve it, and
merges repeated headers. Here the event loop reads the body, under a deadline and a cap; threads
only ever see requests that have fully arrived. It costs some 50 µs more than granian's WSGI.

What is not HTTP at all, granian (hyper) refuses itself, with an empty 400, 414 or 431 and a closed
connection. Three things it does that cannot be seen from here:
- Transfer-Encoding beats Content-Length and the connection closes (RFC 9112, 6.3), so that what
  follows is never taken for a second request;
- one LF ends a line of the header (RFC 9112, 2.2 allows it), though not of a chunk;
- header values that are not ASCII are left out.
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, NamedTuple

import structlog

from api.app import create_app
from api.core import hashing
from api.core.errors import Overloaded, Refusal, Unauthenticated
from api.serving import memory
from api.web.edge import REFUSAL, Environ, collected
from api.web.refusals import (
    BadRequest,
    ExpectationFailed,
    NotImplementedHere,
    PayloadTooLarge,
    RequestTimeout,
)

SPARE = 8  # threads beyond those that may wait for a hash, so that others get through
WAITING = 256  # requests beyond those in threads; the next one is told to come back
PATIENCE = 2.0  # seconds a request may wait for a thread
BODY_SECONDS = 10.0
DISCARDED = 16 * 1024 * 1024  # bytes taken in of a body that is refused: who sends can then read

QUIET_SECONDS = 2.0  # without a request, after which memory is given back

MOST_KEYS = 256

LAST_RESORT = (
    500,
    [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")],
    b'{"type":"about:blank","title":"Internal error","status":500,"error":"internal_error"}',
)
SERVER = ("Server", "rollbook")  # else granian names itself
CLOSE = ("Connection", "close")

CODING = "HTTP_TRANSFER_ENCODING"
ONCE: dict[str, type[Refusal]] = {
    "HTTP_HOST": BadRequest,
    "CONTENT_TYPE": BadRequest,
    "CONTENT_LENGTH": BadRequest,
    CODING: NotImplementedHere,
    "HTTP_AUTHORIZATION": Unauthenticated,
}

log = structlog.get_logger()


class Keys(dict[str, str]):
    """From the name of a header to its place in the environ; kept for as many as are usual.

    Names with an underscore have none: they would pass for those with a hyphen.
    """

    def __missing__(self, name: str) -> str:
        key = "" if "_" in name else "HTTP_" + name.upper().replace("-", "_")
        if len(self) < MOST_KEYS:
            self[name] = key
        return key


KEYS = Keys({"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"})


class Job(NamedTuple):
    environ: Environ
    proto: Any
    answered: asyncio.Future[None]
    arrived: float


class Bridge:
    """Serves one WSGI application over RSGI."""

    def __init__(
        self,
        wsgi_app: Callable[..., Iterable[bytes]],
        *,
        max_body_bytes: int = 65_536,
        body_seconds: float = BODY_SECONDS,
        threads: int = 24,
        waiting: int = WAITING,
    ):
        self.wsgi_app = wsgi_app
        self.max_body_bytes = max_body_bytes
        self.body_seconds = body_seconds
        self.most = threads + waiting
        self.inside = 0  # requests that have arrived and are not answered
        self.asked: float | None = None  # when somebody last came, since memory was given back
        self.jobs: SimpleQueue[Job] = SimpleQueue()
        for _ in range(threads):
            Thread(target=self._work, daemon=True).start()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin, with the event loop of the worker, as granian asks for it."""
        self._look_after_memory(loop)

    def _look_after_memory(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give memory back when nobody has asked for a while, and look again later."""
        quiet = self.asked is not None and monotonic() - self.asked >= QUIET_SECONDS
        if quiet and not self.inside:
            memory.give_back()
            self.asked = None
        loop.call_later(QUIET_SECONDS, self._look_after_memory, loop)

    async def __call__(self, scope: Any, proto: Any) -> None:
        try:
            await self._take(scope, proto)
        except Exception:
            log.exception("crashed")
            proto.response_bytes(*LAST_RESORT)

    async def _take(self, scope: Any, proto: Any) -> None:
        environ = environ_of(scope)
        doubtful = REFUSAL in environ  # somebody else may read it as two
        reusable = await self._take_body(environ, proto) and not doubtful
        if self.inside >= self.most:
            environ[REFUSAL] = Overloaded
        if REFUSAL in environ:  # the edge needs no thread to refuse
            self._answer(environ, proto, *([] if reusable else [CLOSE]))
            return
        self.inside += 1
        arrived = self.asked = monotonic()
        try:
            answered = asyncio.get_running_loop().create_future()
            self.jobs.put(Job(environ, proto, answered, arrived))
            await answered  # granian takes a return without an answer for a failure
        finally:
            self.inside -= 1

    def _work(self) -> None:
        while True:
            environ, proto, answered, arrived = self.jobs.get()
            if monotonic() - arrived > PATIENCE:
                environ[REFUSAL] = Overloaded
            self._answer(environ, proto)  # from here, which spares the client a change of threads
            answered.get_loop().call_soon_threadsafe(answered.set_result, None)

    def _answer(self, environ: Environ, proto: Any, *extra: tuple[str, str]) -> None:
        try:
            status, headers, body = collected(self.wsgi_app, environ)
            proto.response_bytes(int(status[:3]), [*headers, SERVER, *extra], body)
        except BaseException:  # the edge failed, or made a header that cannot be sent
            log.exception("crashed")
            proto.response_bytes(*LAST_RESORT)

    async def _take_body(self, environ: Environ, proto: Any) -> bool:
        """Put the body into the environ; say whether the connection can take another request."""
        coding = environ.pop(CODING, None)
        if coding is None and "CONTENT_LENGTH" not in environ:
            return True
        if coding is not None and coding.lower() != "chunked":
            environ[REFUSAL] = NotImplementedHere
        if refused := environ.get(REFUSAL) or self._declined(environ):
            environ[REFUSAL] = refused
            return False
        try:
            async with asyncio.timeout(self.body_seconds):
                return await self._read(environ, proto)
        except TimeoutError:
            environ[REFUSAL] = RequestTimeout
            return False

    def _declined(self, environ: Environ) -> type[Refusal] | None:
        """Say no at once to who asks whether to send the body, if it will be refused anyway."""
        if "HTTP_EXPECT" not in environ:
            return None
        if environ["HTTP_EXPECT"].lower() != "100-continue":
            return ExpectationFailed
        too_long = int(environ.get("CONTENT_LENGTH", 0)) > self.max_body_bytes
        return PayloadTooLarge if too_long else None

    async def _read(self, environ: Environ, proto: Any) -> bool:
        announced = int(environ["CONTENT_LENGTH"]) if "CONTENT_LENGTH" in environ else None
        chunks, size, ends = [], 0, 0
        async for chunk in proto:
            size += len(chunk)
            ends += not chunk
            if size <= self.max_body_bytes:
                chunks.append(chunk)
            if size == announced or size > DISCARDED:
                break
        # Granian ends a body with one empty chunk, and one that broke off with two.
        whole = size == announced or (announced is None and ends == 1)
        if size > self.max_body_bytes:
            environ[REFUSAL] = PayloadTooLarge
        elif not whole:
            environ[REFUSAL] = BadRequest
        environ["CONTENT_LENGTH"] = str(size)
        environ["wsgi.input"] = BytesIO(b"".join(chunks))
        return whole


ALWAYS: Environ = {
    "SCRIPT_NAME": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "8000",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}


def environ_of(scope: Any) -> Environ:
    """Return the environ of PEP 3333, which holds nothing of the process's own environment."""
    environ = ALWAYS.copy()
    environ["REQUEST_METHOD"] = scope.method
    environ["PATH_INFO"] = _latin(scope.path)
    environ["QUERY_STRING"] = _latin(scope.query_string)
    environ["SERVER_PROTOCOL"] = "HTTP/1.1" if scope.http_version == "1.1" else "HTTP/1.0"
    environ["REMOTE_ADDR"] = scope.client.rpartition(":")[0].strip("[]").removeprefix("::ffff:")
    environ["wsgi.input"] = BytesIO()
    for name, value in scope.headers.items():
        key = KEYS[name]
        if key in environ:
            environ[key] += f",{value}"
            if key in ONCE:
                environ[REFUSAL] = ONCE[key]
        elif key:
            environ[key] = value
    if scope.authority is not None:  # it goes before Host (RFC 9112, 3.2.2)
        environ["HTTP_HOST"] = scope.authority
    return environ


def _latin(text: str) -> str:
    """Return the bytes of a text as WSGI wants them: each a character."""
    return text if text.isascii() else text.encode().decode("latin-1")


def application() -> Bridge:
    """Load the service; granian calls it once in every worker.

    What is loaded stays, so the garbage collector need not look at it again.
    """
    try:
        app = create_app()
    except Exception:  # told by our log, which tells no secrets
        log.exception("cannot start")
        raise SystemExit(1) from None
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    threads = hashing.places() + SPARE
    return Bridge(app.wsgi_app, max_body_bytes=app.config["MAX_CONTENT_LENGTH"], threads=threads)
