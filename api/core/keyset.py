"""Pages of a list by keyset: the deepest costs what the first does."""

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
    """Some of what was asked for; ``next`` is the cursor of the page after, if there is one."""

    items: list[Item]
    next: str | None
    total: int | None = None


@dataclass(frozen=True)
class Span:
    """The part of a list in which a column has one value, and the key lies between two.

    It is told to the database as one range of an index that begins with the column. Were the column
    told to be equal, PostgreSQL might take the index of the key alone, and where the value is of
    long ago walk past all that came since.
    """

    column: Any = None
    value: Any = None
    least: Any = None
    below: Any = None


def ordered(
    statement: Select[Any], key: Any, row_id: Any, query: PageQuery, span: Span | None = None
) -> Select[Any]:
    """Return the rows after the query's cursor in the order it asks for, by a key and the id.

    One row more is sought than the page holds, to tell whether another follows.

    Raises:
        Invalid: the cursor is not one of ours, or of another order.
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
    """Return where the rows begin and end; the cursor, where it lies within, is one of both."""
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
    """Return what was found as a page; ``place`` tells the key and the id of a row."""
    shown = rows[: query["limit"]]
    more = len(rows) > len(shown)
    following = current_runtime().cursors.write(query["sort"], *place(shown[-1])) if more else None
    return Page([make(row) for row in shown], following, total)
