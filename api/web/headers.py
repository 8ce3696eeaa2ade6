"""Response headers made from the result of an operation, with their names for the contract."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request


@dataclass(frozen=True)
class ResponseHeaders:
    """Headers made from an operation's result; ``names`` are those it may set."""

    names: tuple[str, ...]
    make: Callable[[Any], Mapping[str, str]]

    def __call__(self, result: Any) -> Mapping[str, str]:
        return self.make(result)


def make_url(path: str) -> str:
    """Return the absolute URL of a path.

    It begins with PUBLIC_BASE_URL and not with the Host header, which a client can choose. Many
    clients do not resolve a relative URL in a header.
    """
    return f"{current_app.config['PUBLIC_BASE_URL']}{path}"


def location(collection: str, key: str = "id") -> ResponseHeaders:
    """Add the URL of the new resource (RFC 9110, 10.2.2): its ``key`` in the collection."""
    return ResponseHeaders(
        ("Location",), lambda made: {"Location": make_url(f"{collection}/{getattr(made, key)}")}
    )


def next_page(collection: str | None = None) -> ResponseHeaders:
    """Add the link to the next page (RFC 8288), with the same filters.

    Without a path, it is that of the request.
    """

    def make(page: Any) -> Mapping[str, str]:
        if page.next is None:
            return {}
        query = urlencode({**request.args, "cursor": page.next})
        return {"Link": f'<{make_url(collection or request.path)}?{query}>; rel="next"'}

    return ResponseHeaders(("Link",), make)


def cached(seconds: int) -> ResponseHeaders:
    """Let every cache store the response for some seconds (RFC 9111, 5.2.2)."""
    headers = {"Cache-Control": f"public, max-age={seconds}"}
    return ResponseHeaders(("Cache-Control",), lambda _: headers)
