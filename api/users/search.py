"""Finding users page by page, by keyset: the deepest page costs what the first one does."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_

from api.core import cursors, identifiers
from api.core.actor import Actor, Permission
from api.core.database import autocommit
from api.users.models import Profile, User
from api.users.service import PROFILE

ORDER = {"created_at": User.created_at, "username": User.username_key, "email": User.email_key}
BEYOND = "\U0010ffff"  # sorts after everything that a key can hold


@dataclass(frozen=True)
class Page:
    """Some of what was asked for; ``next`` is the cursor of the page after, if there is one."""

    items: list[Profile]
    next: str | None
    total: int | None


def find(query: dict[str, Any], *, by: Actor) -> Page:
    """Return a page of the users that match all of the query.

    Raises:
        PermissionDenied: without users:read.
        Invalid: the cursor is not one of ours, or of another order.
    """
    by.must(Permission.USERS_READ)
    matching = _matching(query)
    statement = _page(select(*PROFILE, _key(query["sort"])).where(*matching), query)
    with autocommit() as connection:
        rows = connection.execute(statement).all()
        total = _count(connection, matching) if query["count"] else None
    shown = rows[: query["limit"]]
    more = len(rows) > len(shown)
    following = cursors.write(query["sort"], shown[-1][-1], shown[-1].id) if more else None
    return Page([Profile(*row[:-1]) for row in shown], following, total)


def _matching(query: dict[str, Any]) -> list[ColumnElement[bool]]:
    wanted = {
        "status": lambda status: User.status == status,
        "role": lambda role: User.role == role,
        "created_after": lambda moment: User.created_at >= moment,
        "created_before": lambda moment: User.created_at < moment,
        "q": _begins_with,
    }
    return [condition(query[name]) for name, condition in wanted.items() if name in query]


def _begins_with(text: str) -> ColumnElement[bool]:
    start, address = identifiers.folded(text), identifiers.email_key(text)
    starts = {User.username_key: start, User.email_key: address, User.display_name_key: start}
    return or_(*(and_(key >= begin, key < begin + BEYOND) for key, begin in starts.items()))


def _key(sort: str) -> ColumnElement[Any]:
    return ORDER[sort.removeprefix("-")].label("key")


def _page(statement: Select[Any], query: dict[str, Any]) -> Select[Any]:
    sort, descending = query["sort"], query["sort"].startswith("-")
    place = tuple_(ORDER[sort.removeprefix("-")], User.id)
    if "cursor" in query:
        after = tuple_(*cursors.read(query["cursor"], sort))
        statement = statement.where(place < after if descending else place > after)
    order = [column.desc() if descending else column.asc() for column in place.clauses]
    return statement.order_by(*order).limit(query["limit"] + 1)


def _count(connection: Any, matching: list[ColumnElement[bool]]) -> int:
    return int(connection.scalar(select(func.count()).select_from(User).where(*matching)))
