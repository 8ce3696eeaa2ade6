"""The front of a worker: takes requests from granian (RSGI) and runs the WSGI application.

Granian's own WSGI holds a thread while a body arrives, so that thirty slow clients starve it, and
merges repeated headers. Here the event loop reads the body, under a deadline and a cap; threads
only ever see requests that have fully arrived, but for the few that take in a large body or make a
long answer. It costs some 50 µs more than granian's WSGI.

What is not HTTP at all, granian (hyper) refuses itself, with an empty 400, 414 or 431 and a closed
connection. Three things it does that cannot be seen from here:
- Transfer-Encoding beats Content-Length and the connection closes (RFC 9112, 6.3), so that what
  follows is never taken for a second request;
- one LF ends a line of the header (RFC 9112, 2.2 allows it), though not of a chunk;
- header values that are not ASCII are left out.
"""

import asyncio
import gc
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, NamedTuple

import structlog

from api.app import create_app
from api.core.errors import Overloaded
from api.passwords.hashing import EXTENSION
from api.serving import answers, memory
from api.serving.answers import Unread
from api.serving.bodies import CLOSE, LATE, Bodies
from api.serving.environ import environ_of
from api.web.body_limits import late_bodies
from api.web.request_guard import GUARD_ERROR, Environ, run_application
from api.web.streams import PLACES, Broken, Stream

SPARE = 8  # threads beyond those that may wait for a hash, so that others get through
STREAMING = 2 * PLACES  # threads beyond those: for bodies and for answers
WAITING = 256  # requests beyond those in threads; the next one is told to come back
PATIENCE = 2.0  # seconds a request may wait for a thread
QUIET_SECONDS = 2.0  # without a request, after which memory is given back

LAST_RESORT = (
    500,
    [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")],
    b'{"type":"about:blank","title":"Internal error","status":500,"error":"internal_error"}',
)
BODIES = Bodies()
SERVER = ("Server", "rollbook")  # else granian names itself

log = structlog.get_logger()


class Job(NamedTuple):
    environ: Environ
    scope: Any
    proto: Any
    answered: asyncio.Future[None]
    arrived: float


class Bridge:
    """Serves one WSGI application over RSGI."""

    def __init__(
        self,
        wsgi_app: Callable[..., Iterable[bytes]],
        *,
        bodies: Bodies = BODIES,
        threads: int = 24,
        waiting: int = WAITING,
    ):
        self.wsgi_app = wsgi_app
        self.bodies = bodies
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
        doubtful = GUARD_ERROR in environ  # somebody else may read it as two
        reusable = await self.bodies.take(environ, proto) and not doubtful
        if self.inside >= self.most:
            environ[GUARD_ERROR] = Overloaded
        late = environ.get(LATE)
        if GUARD_ERROR in environ:  # the edge needs no thread to refuse
            self._answer(environ, scope, late or proto, *([] if reusable else [CLOSE]))
        else:
            await self._hand_over(environ, scope, late or proto)
        if late is not None:
            await late.finish()

    async def _hand_over(self, environ: Environ, scope: Any, proto: Any) -> None:
        self.inside += 1
        arrived = self.asked = monotonic()
        try:
            self.loop = asyncio.get_running_loop()
            answered = self.loop.create_future()
            self.jobs.put(Job(environ, scope, proto, answered, arrived))
            await answered  # granian takes a return without an answer for a failure
        finally:
            self.inside -= 1

    def _work(self) -> None:
        while True:
            environ, scope, proto, answered, arrived = self.jobs.get()
            if monotonic() - arrived > PATIENCE:
                environ[GUARD_ERROR] = Overloaded
            self._answer(environ, scope, proto)  # here, which spares a change of threads
            answered.get_loop().call_soon_threadsafe(answered.set_result, None)

    def _answer(self, environ: Environ, scope: Any, proto: Any, *extra: tuple[str, str]) -> None:
        try:
            status, headers, body = run_application(self.wsgi_app, environ)
            told = int(status[:3]), [*headers, SERVER, *extra]
            if isinstance(body, Stream):
                answers.send(scope, proto, told, body, self.loop)
            else:
                proto.response_bytes(*told, body)
        except (Unread, Broken):  # the application has logged it; granian wants an answer
            proto.response_bytes(*LAST_RESORT)
        except BaseException:  # the edge failed, or made a header that cannot be sent
            log.exception("crashed")
            proto.response_bytes(*LAST_RESORT)


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
    bodies = Bodies(app.config["MAX_CONTENT_LENGTH"], late=late_bodies(app))
    return Bridge(
        app.wsgi_app,
        bodies=bodies,
        threads=app.extensions[EXTENSION].max_waiting_calls + SPARE + STREAMING,
    )
