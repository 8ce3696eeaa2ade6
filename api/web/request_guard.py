"""The WSGI middleware around the application.

It assigns the request id, rejects requests that break the rules of HTTP or our limits, adds the
security headers, and reports each finished request to the log and the metrics. It is on the path
of every request (about 12 µs), so it reads the environ itself.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any

import structlog

from api.core import secrets
from api.core.errors import ApiError, NotFound
from api.core.principal import Principal
from api.core.request_context import RequestContext
from api.web import cors, probe_paths
from api.web.client_address import ClientAddressReader
from api.web.cors import CrossOrigin
from api.web.http_errors import (
    ALLOWED_METHODS,
    BadRequest,
    ExpectationFailed,
    HeadersTooLarge,
    InternalError,
    MethodNotAllowed,
    MisdirectedRequest,
    PayloadTooLarge,
    UnsupportedMediaType,
    UnsupportedTransferCoding,
    UriTooLong,
)

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]  # status line, headers, body
MakeError = Callable[[], ApiError]

EXCHANGE = "rollbook.exchange"  # where the environ holds the Exchange

METHODS = frozenset(ALLOWED_METHODS.split(", "))
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")

MAX_URI_BYTES = 4096
MAX_HEADER_BYTES = 8192
MAX_HEADERS_BYTES = 32_768
MAX_HEADERS = 100
MAX_LENGTH_DIGITS = 18  # of a Content-Length that is read at all

NO_STORE = "no-store"
SECURITY_HEADERS: Headers = [
    ("Server", "rollbook"),  # else the WSGI server names itself
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", NO_STORE),
]
HSTS = ("Strict-Transport-Security", "max-age=63072000")

log = structlog.get_logger()


@dataclass(slots=True)
class Exchange(RequestContext):
    """One request, as the log line and the metrics describe it."""

    started: float = 0.0
    route: str | None = None
    principal: Principal | None = None
    headers: Sequence[tuple[str, str]] = ()  # of every response of the operation, errors too


@dataclass(frozen=True)
class Rules:
    """Which requests are accepted; app.py makes it from the settings."""

    allowed_hosts: frozenset[str] = frozenset()  # lower case, without ports; "*" is any
    cross_origin: CrossOrigin = field(default_factory=CrossOrigin)
    client_address: ClientAddressReader = field(default_factory=ClientAddressReader)
    https: bool = False
    max_body_bytes: int = 65_536
    max_bytes_by_path: Mapping[str, int] = field(default_factory=dict)  # else max_body_bytes
    has_home_page: bool = True  # at `/`
    base_path: str = ""  # of PUBLIC_BASE_URL, such as `/auth`
    first_segments: frozenset[str] = frozenset()  # of the paths of all routes

    def set_base_path(self, environ: Environ) -> None:
        """Remove the base path from a path that a proxy has passed on unchanged.

        Most proxies remove it. Nothing is removed if no route begins with what would be left, such
        as `/me` of `/api/me` under the base path `/api`.
        """
        environ["SCRIPT_NAME"] = self.base_path
        path = environ.get("PATH_INFO", "")
        if path == self.base_path or path.startswith(f"{self.base_path}/"):
            rest = path[len(self.base_path) :] or "/"
            if rest.split("/", 2)[1] in self.first_segments:
                environ["PATH_INFO"] = rest

    def find_error(self, environ: Environ) -> MakeError | None:
        """Return the error to reject the request with, or None."""
        return (
            self._check_host(environ)
            or _check_method(environ)
            or _check_uri(environ)
            or _check_headers(environ)
            or self._check_body(environ)
        )

    def _check_host(self, environ: Environ) -> MakeError | None:
        text = environ.get("HTTP_HOST", "")
        host = HOST.fullmatch(text)
        is_known = host is not None and self._is_allowed(host[1].lower())
        has_page = is_known and self.has_home_page
        target = probe_paths.find_target(environ.get("PATH_INFO", ""), has_page=has_page)
        if target is not None and "," not in text:  # servers join repeated headers with commas
            probe_paths.redirect_probe(environ, target)
            return None
        if host is None:
            return partial(BadRequest, "The header Host is missing, repeated or malformed.")
        return None if is_known else MisdirectedRequest

    def _is_allowed(self, host: str) -> bool:
        return host in self.allowed_hosts or "*" in self.allowed_hosts

    def _check_body(self, environ: Environ) -> MakeError | None:
        if environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            return partial(UnsupportedMediaType, is_compressed=True)
        if environ.get("HTTP_EXPECT", "100-continue").lower() != "100-continue":
            return ExpectationFailed
        max_bytes = self.max_bytes_by_path.get(environ.get("PATH_INFO", ""), self.max_body_bytes)
        if "HTTP_TRANSFER_ENCODING" in environ:  # then the operation limits the bytes it reads
            is_chunked = environ["HTTP_TRANSFER_ENCODING"].lower() == "chunked"
            return None if is_chunked else UnsupportedTransferCoding
        # Servers end the input where the connection breaks. Without this mark Werkzeug compares
        # what it has read with Content-Length.
        environ.pop("wsgi.input_terminated", None)
        length = environ.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            return partial(BadRequest, "The header Content-Length is not a number of bytes.")
        too_large = len(length) > MAX_LENGTH_DIGITS or int(length) > max_bytes
        return partial(PayloadTooLarge, max_bytes) if too_large else None


def _check_method(environ: Environ) -> type[ApiError] | None:
    return None if environ["REQUEST_METHOD"] in METHODS else MethodNotAllowed


def _check_uri(environ: Environ) -> type[ApiError] | None:
    path = environ.get("PATH_INFO", "")
    if len(path) + len(environ.get("QUERY_STRING", "")) > MAX_URI_BYTES:
        return UriTooLong
    # Werkzeug would treat several slashes as one, and a proxy's rules for a path would not match.
    return NotFound if CONTROL.search(path) or path.startswith("//") else None


def _check_headers(environ: Environ) -> type[ApiError] | None:
    sizes = [len(name) + len(environ[name]) for name in environ if name[:5] == "HTTP_"]
    sizes.append(len(environ.get("CONTENT_TYPE", "")))
    is_excessive = (
        len(sizes) > MAX_HEADERS or max(sizes) > MAX_HEADER_BYTES or sum(sizes) > MAX_HEADERS_BYTES
    )
    return HeadersTooLarge if is_excessive else None


class RequestGuard:
    """WSGI middleware around the whole application.

    ``problem`` renders an error. ``find_headers`` returns the headers that every response to a
    method and path has, for errors before the operation sets them. Each of ``on_finished`` is
    called with the exchange, its method ("other" for unknown ones, so that they make no new
    metric), the status and the seconds.
    """

    def __init__(
        self,
        wsgi_app: Callable[..., Iterable[bytes]],
        rules: Rules,
        *,
        problem: Callable[[ApiError, str], Answer],
        find_headers: Callable[[str, str], Sequence[tuple[str, str]]] = lambda _method, _path: (),
        on_finished: Iterable[Callable[[Exchange, str, int, float], None]] = (),
    ):
        self.wsgi_app = wsgi_app
        self.rules = rules
        self.problem = problem
        self.find_headers = find_headers
        self.on_finished = tuple(on_finished)
        security_headers = [*SECURITY_HEADERS, HSTS] if rules.https else SECURITY_HEADERS
        self.security_headers = [(header[0].lower(), header) for header in security_headers]

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        address = self.rules.client_address.find(environ)
        agent, languages = environ.get("HTTP_USER_AGENT"), environ.get("HTTP_ACCEPT_LANGUAGE")
        exchange = Exchange(_request_id(environ), address, agent, languages, perf_counter())
        environ[EXCHANGE] = exchange
        status, headers, body = self._answer(environ, exchange)
        present_names = {name.lower() for name, _ in headers}
        headers.extend(
            [header for name, header in self.security_headers if name not in present_names]
        )
        headers.append(("X-Request-Id", exchange.request_id))
        headers.extend(exchange.headers)
        headers.extend(self.rules.cross_origin.make_headers(environ))
        self._finish(environ, exchange, int(status[:3]))
        start_response(status, headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _answer(self, environ: Environ, exchange: Exchange) -> Answer:
        try:
            if self.rules.base_path:
                self.rules.set_base_path(environ)
            if error := self.rules.find_error(environ):
                method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
                exchange.headers = self.find_headers(method, path)
                return self.problem(error(), exchange.request_id)
            if self.rules.cross_origin.is_preflight(environ):
                return "204 No Content", cors.make_preflight_headers(environ), b""
            status, headers, body = run_application(self.wsgi_app, environ)
            return status, add_base_path(headers, self.rules.base_path), body
        except BaseException as error:  # nothing may end the worker
            kind = type(error).__name__
            log.exception("crashed", error=kind, request_id=exchange.request_id)
            return self.problem(InternalError(), exchange.request_id)

    def _finish(self, environ: Environ, exchange: Exchange, status: int) -> None:
        seconds = perf_counter() - exchange.started
        method = environ["REQUEST_METHOD"]
        for report in self.on_finished:
            try:
                report(exchange, method if method in METHODS else "other", status, seconds)
            except Exception:  # the client gets its response even if the log fails
                log.exception("unrecorded", request_id=exchange.request_id)


def _request_id(environ: Environ) -> str:
    proposed = environ.get("HTTP_X_REQUEST_ID")
    if proposed and REQUEST_ID.fullmatch(proposed):
        return str(proposed)
    return secrets.request_id()


def add_base_path(headers: Headers, base_path: str) -> Headers:
    """Return the headers with the base path before the path of a redirect."""
    if not base_path:
        return headers
    return [
        (name, f"{base_path}{text}" if name.lower() == "location" and text[:1] == "/" else text)
        for name, text in headers
    ]


def run_application(wsgi_app: Callable[..., Iterable[bytes]], environ: Environ) -> Answer:
    """Run a WSGI application to its end, and return its response in one piece."""
    begun: list[Any] = []
    written: list[bytes] = []

    def start_response(status: str, headers: Headers, _exc_info: object = None) -> Any:
        begun[:] = status, headers
        return written.append

    chunks = wsgi_app(environ, start_response)
    try:
        written.extend(chunks)
    finally:
        if close := getattr(chunks, "close", None):
            close()
    status, headers = begun
    return status, headers, b"".join(written)
