"""Pages of a list by keyset: every page costs the same.

A statement depends on the form of a query, not on its values, which are bound parameters. So a
capability makes a statement once for each form, and keeps it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, Generic, Literal, NamedTuple, NotRequired, TypedDict, TypeVar

from sqlalchemy import ColumnElement, Integer, Select, bindparam, tuple_

from api.core.runtime import current_runtime

Item = TypeVar("Item")


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


class PageForm(NamedTuple):
    """What the statement for a page depends on: its order, and where its rows begin and end.

    ``begin`` and ``end`` are those of the ascending order. ``minimum`` and ``below`` are values of
    the key that the query gives, ``cursor`` is the last row of the page before. Where two bounds
    apply, the narrower one is used, so that the database reads one range.
    """

    sort: str
    begin: Literal["minimum", "cursor"] | None = None
    end: Literal["below", "cursor"] | None = None


def bind_page(
    query: PageQuery, *, minimum: Any = None, below: Any = None
) -> tuple[PageForm, dict[str, Any]]:
    """Return the form of the page that the query asks for, and the values of its parameters.

    Raises:
        InvalidRequest: the cursor is not valid, or is for another order.
    """
    begin: Literal["minimum", "cursor"] | None = None if minimum is None else "minimum"
    end: Literal["below", "cursor"] | None = None if below is None else "below"
    values = {"page_rows": query["limit"] + 1, "minimum": minimum, "below": below}
    if "cursor" in query:
        key, row_id = current_runtime().cursors.read(query["cursor"], query["sort"])
        values |= {"cursor_key": key, "cursor_id": row_id}
        if not query["sort"].startswith("-"):
            begin = "cursor" if minimum is None or key >= minimum else begin
        elif below is None or key < below:
            end = "cursor"
    return PageForm(query["sort"], begin, end), values


def select_page(
    statement: Select[Any],
    key: Any,
    row_id: Any,
    form: PageForm,
    *,
    group: Any = None,
) -> Select[Any]:
    """Return the statement for a page in order of a key and the id.

    It selects one row more than the page holds, which shows whether a page follows. Its parameters
    are those of ``bind_page``.

    ``group`` is a column that has one value on the page, the parameter ``group``. The database gets
    group, key and id as one range of an index. With ``column = value`` PostgreSQL may use the index
    of the key alone, and then it reads all newer rows first.
    """
    columns = [key, row_id] if group is None else [group, key, row_id]
    prefix = [] if group is None else [bindparam("group", type_=group.type)]
    above = gt if form.begin == "cursor" else ge
    beneath = lt if form.end else le
    for compare, end in ((above, form.begin), (beneath, form.end)):
        if place := [*prefix, *_make_end(end, key, row_id)]:
            statement = statement.where(compare(tuple_(*columns[: len(place)]), tuple_(*place)))
    order = [column.desc() if form.sort.startswith("-") else column.asc() for column in columns]
    return statement.order_by(*order).limit(bindparam("page_rows", type_=Integer))


def _make_end(end: str | None, key: Any, row_id: Any) -> list[ColumnElement[Any]]:
    """Return the parameters of an end of a page."""
    if end == "cursor":
        position = {"cursor_key": key, "cursor_id": row_id}
        return [bindparam(name, type_=column.type) for name, column in position.items()]
    return [] if end is None else [bindparam(end, type_=key.type)]


def make_page(
    rows: Sequence[Any],
    query: PageQuery,
    get_position: Callable[[Any], tuple[Any, Any]],
    *,
    make: Callable[[Any], Item],
    total: int | None = None,
) -> Page[Item]:
    """Return the rows as a page; ``get_position`` returns the key and the id of a row."""
    shown = rows[: query["limit"]]
    following = None
    if len(rows) > len(shown):
        following = current_runtime().cursors.write(query["sort"], *get_position(shown[-1]))
    return Page([make(row) for row in shown], following, total)
