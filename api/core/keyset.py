"""Pages of a list by keyset: the deepest costs what the first does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, tuple_

from api.core import cursors

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some of what was asked for; ``next`` is the cursor of the page after, if there is one."""

    items: list[Item]
    next: str | None
    total: int | None = None


def ordered(statement: Select[Any], key: Any, row_id: Any, query: dict[str, Any]) -> Select[Any]:
    """Return the rows after the query's cursor in the order it asks for, by a key and the id.

    One row more is sought than the page holds, to tell whether another follows.

    Raises:
        Invalid: the cursor is not one of ours, or of another order.
    """
    sort, place = query["sort"], tuple_(key, row_id)
    descending = sort.startswith("-")
    if "cursor" in query:
        after = tuple_(*cursors.read(query["cursor"], sort))
        statement = statement.where(place < after if descending else place > after)
    order = [column.desc() if descending else column.asc() for column in place.clauses]
    return statement.order_by(*order).limit(query["limit"] + 1)


def page(
    rows: Sequence[Any],
    query: dict[str, Any],
    place: Callable[[Any], tuple[Any, Any]],
    *,
    make: Callable[[Any], Item],
    total: int | None = None,
) -> Page[Item]:
    """Return what was found as a page; ``place`` tells the key and the id of a row."""
    shown = rows[: query["limit"]]
    more = len(rows) > len(shown)
    following = cursors.write(query["sort"], *place(shown[-1])) if more else None
    return Page([make(row) for row in shown], following, total)
