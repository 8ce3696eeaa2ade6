"""Reading all pages of a list."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from api.core.keyset import Page

PAGE_ROWS = 100

Item = TypeVar("Item")


def read_pages(find: Callable[[Any], Page[Item]], query: Any) -> Iterator[Item]:
    """Return the items on this page and all pages after it, which are read when they are needed."""
    while True:
        page = find(query)
        yield from page.items
        if page.next is None:
            return
        query["cursor"] = page.next
