"""Response headers. A header that is always sent with its response is required."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from api.contract.nodes import Node, refer
from api.core.errors import ApiError, RateLimited, Unauthenticated, Unavailable
from api.web.http_errors import UnsupportedMediaType
from api.web.idempotency import REPLAYED
from api.web.operations import Operation


class Header(NamedTuple):
    """A response header, as the document describes it."""

    description: str
    example: Any
    keywords: Node  # of JSON Schema, beside the type
    kind: str = "string"
    required: bool = True

    def describe(self) -> Node:
        return {
            "description": self.description,
            "required": self.required,
            "schema": {"type": self.kind, **self.keywords},
            "example": self.example,
        }


HEADERS: dict[str, Header] = {
    "X-Request-Id": Header(
        "The id of the request, by which the log lists it",
        "5f0c3b7a9d214e68",
        {"minLength": 1, "maxLength": 128},
    ),
    "RateLimit": Header(
        "The rest of the quota (`r`), and the seconds until it is renewed (`t`); absent if the "
        "operator has disabled rate limits",
        '"user";r=599;t=42',
        {"pattern": '^"[a-z_-]+";r=[0-9]+;t=[0-9]+$', "maxLength": 100},
        required=False,
    ),
    "RateLimit-Policy": Header(
        "The policy that counted the request: at most `q` requests in `w` seconds; absent if the "
        "operator has disabled rate limits",
        '"user";q=600;w=60',
        {"pattern": '^"[a-z_-]+";q=[0-9]+;w=[0-9]+$', "maxLength": 100},
        required=False,
    ),
    "Retry-After": Header(
        "The seconds to wait before the next try",
        30,
        {"format": "int32", "minimum": 0, "maximum": 2_592_000},
        kind="integer",
    ),
    "WWW-Authenticate": Header(
        "How to authenticate (RFC 6750, 3; RFC 7617)",
        'Bearer realm="rollbook"',
        {"pattern": "^(Bearer|Basic)", "maxLength": 500},
    ),
    "Location": Header(
        "The URL of the new resource",
        "https://rollbook.example/api/users/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10",
        {"format": "uri", "maxLength": 2048},
    ),
    "ETag": Header(
        "The version; send it as `If-Match` or `If-None-Match`",
        '"1"',
        {"pattern": '^"[0-9]+"$', "maxLength": 24},
    ),
    REPLAYED: Header(
        "`true` if this is the response to an earlier request with the key, else absent",
        "true",
        {"enum": ["true"]},
        required=False,
    ),
    "Cache-Control": Header(
        "How long the response may be cached", "public, max-age=300", {"maxLength": 200}
    ),
    "Pragma": Header("For caches of HTTP/1.0 (RFC 6749, 5.1)", "no-cache", {"enum": ["no-cache"]}),
    "X-Next-Cursor": Header(
        "The `cursor` of the next page; absent on the last page",
        "eyJrIjoiMjAyNi0xMS0yM1QwOTozMDowMFoifQ",
        {"minLength": 1, "maxLength": 2048},
        required=False,
    ),
    "X-Last-Page": Header(
        "`true` on the last page, `false` on every other page", "true", {"enum": ["true", "false"]}
    ),
    "Link": Header(
        "The next page, with the relation type `next` (RFC 8288); absent on the last page",
        '<https://rollbook.example/api/users?cursor=eyJrIjoiMjAyNiJ9>; rel="next"',
        {"maxLength": 8192},
        required=False,
    ),
    "Accept-Encoding": Header(
        "`identity` if the body had a Content-Encoding, else absent (RFC 9110, 15.5.16)",
        "identity",
        {"enum": ["identity"]},
        required=False,
    ),
    "Deprecation": Header(
        "When the operation was deprecated: `@`, seconds since 1970 (RFC 9745)",
        "@1798761600",
        {"pattern": "^@[0-9]+$", "maxLength": 20},
    ),
    "Sunset": Header(
        "When the operation will be removed, an HTTP date (RFC 8594)",
        "Thu, 31 Dec 2026 23:59:59 GMT",
        {"maxLength": 40},
    ),
}


COMMON_HEADERS = ("X-Request-Id", "RateLimit", "RateLimit-Policy")  # of every success


def describe_success_headers(operation: Operation) -> Node:
    return refer_to_headers(_list_success_headers(operation))


def describe_error_headers(kind: type[ApiError]) -> Node:
    return refer_to_headers(_list_error_headers(kind))


def _list_success_headers(operation: Operation) -> Iterable[str]:
    yield from COMMON_HEADERS
    yield from getattr(operation.headers, "names", ())
    if operation.has_etag:
        yield "ETag"
    if operation.idempotent:
        yield REPLAYED


def _list_error_headers(kind: type[ApiError]) -> Iterable[str]:
    yield from ("X-Request-Id", "RateLimit", "RateLimit-Policy")
    if kind.status == Unauthenticated.status:
        yield "WWW-Authenticate"
    if issubclass(kind, RateLimited | Unavailable):
        yield "Retry-After"
    if issubclass(kind, UnsupportedMediaType):
        yield "Accept-Encoding"


def refer_to_headers(names: Iterable[str]) -> Node:
    return {name: refer("headers", name) for name in names}
