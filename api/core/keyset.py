"""Pages of a list by keyset: every page costs the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, Generic, NotRequired, TypedDict, TypeVar

from sqlalchemy import Select, tuple_

from api.core.runtime import current_runtime

Item = TypeVar("Item")
Values = tuple[Any, ...]


class PageQuery(TypedDict):
    """The members of a query that select a page."""

    limit: int
    sort: str  # `-` in front for descending
    cursor: NotRequired[str]


@dataclass(frozen=True)
class Page(Generic[Item]):
    """A part of a list; ``next`` is the cursor of the next page, or None on the last page."""

    items: list[Item]
    next: str | None
    total: int | None = None


@dataclass(frozen=True)
class Span:
    """The part of a list in which a column has one value, and the key lies between two.

    The database gets it as one range of an index that begins with the column. With ``column =
    value`` PostgreSQL may use the index of the key alone, and then it reads all newer rows first.
    """

    column: Any = None
    value: Any = None
    least: Any = None
    below: Any = None


def ordered(
    statement: Select[Any], key: Any, row_id: Any, query: PageQuery, span: Span | None = None
) -> Select[Any]:
    """Return the rows after the query's cursor in the order it asks for, by a key and the id.

    The statement selects one row more than the page holds, which shows whether a page follows.

    Raises:
        InvalidRequest: the cursor is not valid, or is for another order.
    """
    span = span or Span()
    begins: Values = () if span.column is None else (span.value,)
    place = [key, row_id] if span.column is None else [span.column, key, row_id]
    for holds, end in _ends(query, span):
        if values := (*begins, *end):
            columns = tuple_(*place[: len(values)])
            statement = statement.where(holds(columns, tuple_(*values)))
    descending = query["sort"].startswith("-")
    order = [column.desc() if descending else column.asc() for column in place]
    return statement.order_by(*order).limit(query["limit"] + 1)


def _ends(query: PageQuery, span: Span) -> list[tuple[Callable[[Any, Any], Any], Values]]:
    """Return the first and last position of the rows; a cursor between them replaces one."""
    begin: tuple[Any, Values] = (ge, () if span.least is None else (span.least,))
    end: tuple[Any, Values] = (le, ()) if span.below is None else (lt, (span.below,))
    if "cursor" in query:
        place = current_runtime().cursors.read(query["cursor"], query["sort"])
        if query["sort"].startswith("-"):
            end = (lt, place) if span.below is None or place[0] < span.below else end
        else:
            begin = (gt, place) if span.least is None or place[0] >= span.least else begin
    return [begin, end]


def page(
    rows: Sequence[Any],
    query: PageQuery,
    place: Callable[[Any], tuple[Any, Any]],
    *,
    make: Callable[[Any], Item],
    total: int | None = None,
) -> Page[Item]:
    """Return the rows as a page; ``place`` returns the key and the id of a row."""
    shown = rows[: query["limit"]]
    more = len(rows) > len(shown)
    following = current_runtime().cursors.write(query["sort"], *place(shown[-1])) if more else None
    return Page([make(row) for row in shown], following, total)
