"""Cross-origin requests (Fetch, 3.2): which origins may call the API, and with which headers."""

import re
from collections.abc import Iterable
from typing import Any

from api.web.http_errors import ALLOWED_METHODS

Environ = dict[str, Any]
Headers = list[tuple[str, str]]

ANY = "*"
LABEL = "[a-z0-9_-]+"  # what `*` stands for: one label of a host name, or a part of it
EXPOSED_HEADERS = (
    "Deprecation, ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, "
    "Retry-After, Sunset, X-Last-Page, X-Next-Cursor, X-Request-Id"
)
ALLOWED_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
)
KNOWN_HEADERS = frozenset(ALLOWED_HEADERS.lower().split(", "))
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")  # a token (RFC 9110, 5.6.2)
MAX_REQUESTED_HEADERS = 50
PREFLIGHT: Headers = [
    ("Access-Control-Allow-Methods", ALLOWED_METHODS),
    ("Access-Control-Max-Age", "600"),
    ("Vary", "Access-Control-Request-Headers"),
]


class CrossOrigin:
    """The allowed origins: exact ones, `*` for any, and `https://*.example.org` for one label."""

    def __init__(self, origins: Iterable[str] = ()) -> None:
        self.origins = frozenset(origins)
        patterns = [_compile(origin) for origin in self.origins if ANY in origin and origin != ANY]
        self.pattern = re.compile("|".join(patterns)) if patterns else None

    def is_allowed(self, origin: str) -> bool:
        if not self.origins.isdisjoint({origin, ANY}):
            return True
        return self.pattern is not None and self.pattern.fullmatch(origin) is not None

    def is_preflight(self, environ: Environ) -> bool:
        return (
            environ["REQUEST_METHOD"] == "OPTIONS"
            and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
            and self.is_allowed(environ.get("HTTP_ORIGIN", ""))
        )

    def make_headers(self, environ: Environ) -> Headers:
        """Return what every response has."""
        if not self.origins:
            return []
        vary, origin = ("Vary", "Origin"), environ.get("HTTP_ORIGIN")
        if origin is None or not self.is_allowed(origin):
            return [vary]
        allowed = ("Access-Control-Allow-Origin", origin)
        return [vary, allowed, ("Access-Control-Expose-Headers", EXPOSED_HEADERS)]


def make_preflight_headers(environ: Environ) -> Headers:
    """Allow the headers that are asked for beside our own.

    A page adds headers for tracing, which we ignore. It cannot gain anything by them: it needs an
    access token, and the browser sends none by itself.
    """
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    names = [name.strip(" \t").lower() for name in asked.split(",")][:MAX_REQUESTED_HEADERS]
    others = [name for name in dict.fromkeys(names) if HEADER_NAME.fullmatch(name)]
    allowed = [ALLOWED_HEADERS, *(name for name in others if name not in KNOWN_HEADERS)]
    return [("Access-Control-Allow-Headers", ", ".join(allowed)), *PREFLIGHT]


def _compile(origin: str) -> str:
    return re.escape(origin).replace(re.escape(ANY), LABEL)
