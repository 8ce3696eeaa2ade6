"""Response headers."""

from collections.abc import Iterable

from api.contract.nodes import Node
from api.core.errors import ApiError, RateLimited, Unauthenticated, Unavailable
from api.web.idempotency import REPLAYED
from api.web.operations import Operation

HEADERS: dict[str, tuple[str, str]] = {
    "X-Request-Id": ("The id of the request, as in the log.", "string"),
    "RateLimit": ("The rest of the quota, and the seconds until it is renewed.", "string"),
    "RateLimit-Policy": ("The policy that counted this request.", "string"),
    "Retry-After": ("Seconds to wait before the next try.", "integer"),
    "WWW-Authenticate": ("How to authenticate: `Bearer`.", "string"),
    "Location": ("The URL of the new resource.", "string"),
    "ETag": ("The version; send it as `If-Match` or `If-None-Match`.", "string"),
    REPLAYED: ("`true` if this is the response to an earlier request with the key.", "string"),
    "Cache-Control": ("How long the response may be cached.", "string"),
    "X-Next-Cursor": ("The `cursor` of the next page; absent on the last page.", "string"),
    "X-Last-Page": ("`true` on the last page, `false` on every other page.", "string"),
    "Link": ('The next page, `rel="next"`.', "string"),
    "Deprecation": ("When the operation was deprecated: `@`, seconds since 1970.", "string"),
    "Sunset": ("When the operation will be removed.", "string"),
}


def describe_success_headers(operation: Operation) -> Node:
    return describe_headers(_list_success_headers(operation))


def describe_error_headers(kind: type[ApiError]) -> Node:
    return describe_headers(_list_error_headers(kind))


def _list_success_headers(operation: Operation) -> Iterable[str]:
    yield from ("X-Request-Id", "RateLimit", "RateLimit-Policy")
    yield from getattr(operation.headers, "names", ())
    if operation.has_etag:
        yield "ETag"
    if operation.idempotent:
        yield REPLAYED


def _list_error_headers(kind: type[ApiError]) -> Iterable[str]:
    yield "X-Request-Id"
    if kind.status == Unauthenticated.status:
        yield "WWW-Authenticate"
    if issubclass(kind, RateLimited):
        yield from ("RateLimit", "RateLimit-Policy")
    if issubclass(kind, RateLimited | Unavailable):
        yield "Retry-After"


def describe_headers(names: Iterable[str]) -> Node:
    return {
        name: {"description": HEADERS[name][0], "schema": {"type": HEADERS[name][1]}}
        for name in names
    }
