"""Headers that follow from what an operation answers, with their names for the contract."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request


@dataclass(frozen=True)
class AnswerHeaders:
    """Headers made from an operation's result; ``names`` are those it may set."""

    names: tuple[str, ...]
    make: Callable[[Any], Mapping[str, str]]

    def __call__(self, result: Any) -> Mapping[str, str]:
        return self.make(result)


def location(collection: str, key: str = "id") -> AnswerHeaders:
    """Say where the new resource is (RFC 9110, 10.2.2): under its ``key`` in the collection."""
    return AnswerHeaders(
        ("Location",), lambda made: {"Location": f"{collection}/{getattr(made, key)}"}
    )


def next_page(collection: str) -> AnswerHeaders:
    """Say where the list goes on (RFC 8288), with the same filters."""

    def make(page: Any) -> Mapping[str, str]:
        if page.next is None:
            return {}
        query = urlencode({**request.args, "cursor": page.next})
        return {"Link": f'<{collection}?{query}>; rel="next"'}

    return AnswerHeaders(("Link",), make)
