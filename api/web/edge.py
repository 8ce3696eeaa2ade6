"""The WSGI edge: refuses what is not HTTP as we speak it, and clothes every answer.

It is on the path of every request (about 12 µs), so it reads the environ itself and leaves
Werkzeug's request object to Flask.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from time import perf_counter
from typing import Any

import structlog
from werkzeug.wsgi import LimitedStream

from api.core import secrets
from api.core.errors import NotFound, Refusal
from api.core.origin import Origin
from api.web.refusals import (
    SPOKEN,
    BadRequest,
    ExpectationFailed,
    HeadersTooLarge,
    InternalError,
    MethodNotAllowed,
    MisdirectedRequest,
    NotImplementedHere,
    PayloadTooLarge,
    UnsupportedMediaType,
    UriTooLong,
)
from api.web.streams import Stream

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]  # status line, headers, body
Begun = tuple[str, Headers, bytes | Stream]

EXCHANGE = "rollbook.exchange"  # where Flask finds the Exchange in the environ
REFUSAL = "rollbook.refusal"  # where the server leaves what it found wrong while it read

METHODS = frozenset(SPOKEN.split(", "))
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")

PROBED = "/health/"  # by orchestrators, under whatever address the container has today
LONGEST_URI = 4096
LONGEST_HEADER = 8192
LONGEST_HEADERS = 32_768
MOST_HEADERS = 100
MOST_DIGITS = 18  # of a Content-Length that is read at all

CLOTHES: Headers = [
    ("Server", "rollbook"),  # else the WSGI server names itself
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
]
HSTS = ("Strict-Transport-Security", "max-age=63072000")
EXPOSED = (
    "ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, "
    "X-Request-Id"
)
SENT = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
PREFLIGHT: Headers = [
    ("Access-Control-Allow-Methods", SPOKEN),
    ("Access-Control-Allow-Headers", SENT),
    ("Access-Control-Max-Age", "600"),
]

log = structlog.get_logger()


@dataclass(slots=True)
class Exchange(Origin):
    """One request and its answer, as its log line and its metrics tell of it."""

    started: float = 0.0
    route: str | None = None
    actor_id: Any = None


@dataclass(frozen=True)
class Rules:
    """What is taken from whom; app.py fills it from the settings."""

    allowed_hosts: frozenset[str] = frozenset()  # lower case, without ports; "*" is any
    cors_origins: frozenset[str] = frozenset()  # "*" is any
    trusted_proxies: int = 0
    https: bool = False
    max_body_bytes: int = 65_536
    body_caps: Mapping[str, int] = field(default_factory=dict)  # by path, where they are others

    def refusal(self, environ: Environ) -> type[Refusal] | None:
        """Return what is wrong with the request, if anything is."""
        return (
            environ.get(REFUSAL)
            or self._of_host(environ)
            or _of_method(environ)
            or _of_uri(environ)
            or _of_headers(environ)
            or self._of_body(environ)
        )

    def _of_host(self, environ: Environ) -> type[Refusal] | None:
        host = HOST.fullmatch(environ.get("HTTP_HOST", ""))
        if host is None:
            return BadRequest
        known = host[1].lower() in self.allowed_hosts or "*" in self.allowed_hosts
        probed = environ.get("PATH_INFO", "").startswith(PROBED)
        return None if known or probed else MisdirectedRequest

    def _of_body(self, environ: Environ) -> type[Refusal] | None:
        if environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            return UnsupportedMediaType
        if environ.get("HTTP_EXPECT", "100-continue").lower() != "100-continue":
            return ExpectationFailed
        cap = self.body_caps.get(environ.get("PATH_INFO", ""), self.max_body_bytes)
        if "HTTP_TRANSFER_ENCODING" in environ:
            return _limit_chunked_body(environ, cap)
        # Servers end the input where the connection breaks. Without this mark Werkzeug compares
        # what it has read with Content-Length.
        environ.pop("wsgi.input_terminated", None)
        length = environ.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            return BadRequest
        return PayloadTooLarge if len(length) > MOST_DIGITS or int(length) > cap else None

    def lets_read(self, origin: str) -> bool:
        return not self.cors_origins.isdisjoint({origin, "*"})

    def client_address(self, environ: Environ) -> str:
        """Return whom limits count: the peer, or whom the outermost trusted proxy names.

        Whatever stands further left in X-Forwarded-For was written by the client.
        """
        peer = str(environ.get("REMOTE_ADDR", ""))
        hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if not 0 < self.trusted_proxies <= len(hops):
            return peer
        try:
            address = ip_address(hops[-self.trusted_proxies].strip())
        except ValueError:
            return peer
        return str(getattr(address, "ipv4_mapped", None) or address)


def _limit_chunked_body(environ: Environ, cap: int) -> type[Refusal] | None:
    """Let no more than ``cap`` bytes be read of a body that does not announce its length."""
    if environ["HTTP_TRANSFER_ENCODING"].lower() != "chunked":
        return NotImplementedHere
    environ["wsgi.input"] = LimitedStream(environ["wsgi.input"], cap, is_max=True)
    return None


def _of_method(environ: Environ) -> type[Refusal] | None:
    return None if environ["REQUEST_METHOD"] in METHODS else MethodNotAllowed


def _of_uri(environ: Environ) -> type[Refusal] | None:
    path = environ.get("PATH_INFO", "")
    if len(path) + len(environ.get("QUERY_STRING", "")) > LONGEST_URI:
        return UriTooLong
    # Werkzeug would take any number of slashes for one, past whatever guards the path.
    return NotFound if CONTROL.search(path) or path.startswith("//") else None


def _of_headers(environ: Environ) -> type[Refusal] | None:
    sizes = [len(name) + len(environ[name]) for name in environ if name[:5] == "HTTP_"]
    sizes.append(len(environ.get("CONTENT_TYPE", "")))
    excess = (
        len(sizes) > MOST_HEADERS or max(sizes) > LONGEST_HEADER or sum(sizes) > LONGEST_HEADERS
    )
    return HeadersTooLarge if excess else None


class Edge:
    """WSGI middleware around the whole application.

    ``problem`` renders a refusal; each of ``on_finished`` is told of the exchange, its method
    ("other" for invented ones, so that they make no new metric), status and seconds.
    """

    def __init__(
        self,
        wsgi_app: Callable[..., Iterable[bytes]],
        rules: Rules,
        *,
        problem: Callable[[Refusal, str], Answer],
        on_finished: Iterable[Callable[[Exchange, str, int, float], None]] = (),
    ):
        self.wsgi_app = wsgi_app
        self.rules = rules
        self.problem = problem
        self.on_finished = tuple(on_finished)
        clothes = [*CLOTHES, HSTS] if rules.https else CLOTHES
        self.clothes = [(header[0].lower(), header) for header in clothes]

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        address = self.rules.client_address(environ)
        agent = environ.get("HTTP_USER_AGENT")
        exchange = Exchange(_request_id(environ), address, agent, perf_counter())
        environ[EXCHANGE] = exchange
        status, headers, body = self._answer(environ, exchange)
        worn = {name.lower() for name, _ in headers}
        headers.extend([header for name, header in self.clothes if name not in worn])
        headers.append(("X-Request-Id", exchange.request_id))
        headers.extend(self._cors(environ))
        if isinstance(body, Stream):
            body.at_end.append(partial(self._finish, environ, exchange, int(status[:3])))
            start_response(status, headers)
            return _streamed(environ, body)
        self._finish(environ, exchange, int(status[:3]))
        start_response(status, headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _answer(self, environ: Environ, exchange: Exchange) -> Begun:
        try:
            if refused := self.rules.refusal(environ):
                return self.problem(refused(), exchange.request_id)
            if self._is_preflight(environ):
                return "204 No Content", [*PREFLIGHT], b""
            return collected(self.wsgi_app, environ)
        except BaseException as error:  # the last resort: a worker outlives anything
            kind = type(error).__name__
            log.exception("crashed", error=kind, request_id=exchange.request_id)
            return self.problem(InternalError(), exchange.request_id)

    def _is_preflight(self, environ: Environ) -> bool:
        return (
            environ["REQUEST_METHOD"] == "OPTIONS"
            and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
            and self.rules.lets_read(environ.get("HTTP_ORIGIN", ""))
        )

    def _cors(self, environ: Environ) -> Headers:
        if not self.rules.cors_origins:
            return []
        vary, origin = ("Vary", "Origin"), environ.get("HTTP_ORIGIN")
        if origin is None or not self.rules.lets_read(origin):
            return [vary]
        allowed = ("Access-Control-Allow-Origin", origin)
        return [vary, allowed, ("Access-Control-Expose-Headers", EXPOSED)]

    def _finish(self, environ: Environ, exchange: Exchange, status: int) -> None:
        seconds = perf_counter() - exchange.started
        method = environ["REQUEST_METHOD"]
        for told in self.on_finished:
            try:
                told(exchange, method if method in METHODS else "other", status, seconds)
            except Exception:  # the client is answered, whatever becomes of the books
                log.exception("unrecorded", request_id=exchange.request_id)


def _streamed(environ: Environ, body: Stream) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] != "HEAD":
        return body
    body.close()
    return [b""]


def _request_id(environ: Environ) -> str:
    proposed = environ.get("HTTP_X_REQUEST_ID")
    if proposed and REQUEST_ID.fullmatch(proposed):
        return str(proposed)
    return secrets.request_id()


def collected(wsgi_app: Callable[..., Iterable[bytes]], environ: Environ) -> Begun:
    """Run a WSGI application to its end; its answers are small, or come from memory anyway.

    A stream alone is handed on, for whoever sends it.
    """
    begun: list[Any] = []
    written: list[bytes] = []

    def start_response(status: str, headers: Headers, _exc_info: object = None) -> Any:
        begun[:] = status, headers
        return written.append

    chunks = wsgi_app(environ, start_response)
    if isinstance(chunks, Stream):
        return begun[0], begun[1], chunks
    try:
        written.extend(chunks)
    finally:
        if close := getattr(chunks, "close", None):
            close()
    status, headers = begun
    return status, headers, b"".join(written)
