"""Finding users page by page, by keyset: the deepest page costs what the first one does."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, true
from sqlalchemy.orm import aliased

from api.core import identifiers, keyset
from api.core.database import autocommit
from api.core.keyset import Page
from api.roles.models import UserRole
from api.roles.rights import USER
from api.users import metadata
from api.users.models import Profile, User
from api.users.schemas import UserFilters, UserSearch

ORDER = {"created_at": "created_at", "username": "username_key", "email": "email_key"}
LIVING = User.deleted_at.is_(None)
NEAR = 1000  # users who are looked through in order, before all that match are sorted
BEYOND = "\U0010ffff"  # sorts after everything that a key can hold


def find(query: UserSearch) -> Page[Profile]:
    """Return a page of the users that match all of the query.

    Raises:
        PermissionDenied: without users:read.
        Invalid: the cursor is not one of ours, or of another order.
    """
    matching = conditions(query)
    with autocommit() as connection:
        rows = _rows(connection, query, matching)
        total = _count(connection, matching) if query.get("count") else None
    return keyset.page(
        rows,
        query,
        lambda row: (row.key, row.id),
        make=lambda row: Profile(*row[:-1]),
        total=total,
    )


def conditions(query: UserFilters) -> list[ColumnElement[bool]]:
    """Return the conditions; first of them, whether the living are sought or the deleted."""
    values: dict[str, Any] = {**query}
    deleted = User.deleted_at.is_not(None) if query.get("deleted") else LIVING
    wanted: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "status": lambda status: User.status == status,
        "role": _has_role,
        "created_after": lambda moment: User.created_at >= moment,
        "created_before": lambda moment: User.created_at < moment,
        "q": _begins_with,
        "user_metadata": partial(metadata.contains, "user_metadata"),
        "app_metadata": partial(metadata.contains, "app_metadata"),
    }
    return [deleted, *(what(values[name]) for name, what in wanted.items() if name in query)]


def _has_role(role: str) -> ColumnElement[bool]:
    """Tell who holds a role; everybody is a user."""
    if role == USER:
        return true()
    return User.id.in_(select(UserRole.user_id).where(UserRole.role == role))


def _begins_with(text: str) -> ColumnElement[bool]:
    start, address = identifiers.fold_text(text), identifiers.email_key(text)
    starts = {User.username_key: start, User.email_key: address, User.display_name_key: start}
    return or_(*(and_(key >= begin, key < begin + BEYOND) for key, begin in starts.items()))


def _rows(
    connection: Connection, query: UserSearch, matching: list[ColumnElement[bool]]
) -> Sequence[Any]:
    """Return the page, and one row more if there are any.

    Where many match `q`, the users next in order hold a page of them; where few do, all are soon
    sorted. Left to choose, PostgreSQL walks past everybody to matches that stand at the end: at a
    million users that takes 5 s, and this 0.4 s at most.
    """
    following = _page(query).where(*matching)
    if "q" not in query:
        return connection.execute(following).all()
    near = _page(query).with_only_columns(User.id).where(matching[0]).limit(NEAR)
    rows = connection.execute(following.where(User.id.in_(near))).all()
    if len(rows) > query["limit"]:
        return rows
    found = select(User).where(*matching).offset(0)  # which makes it be found first, then sorted
    return connection.execute(_page(query, aliased(User, found.subquery()))).all()


def _page(query: UserSearch, people: type[User] = User) -> Select[Any]:
    key = getattr(people, ORDER[query["sort"].removeprefix("-")])
    profile = [getattr(people, name) for name in Profile._fields]
    return keyset.ordered(select(*profile, key.label("key")), key, people.id, query)


def _count(connection: Any, matching: list[ColumnElement[bool]]) -> int:
    return int(connection.scalar(select(func.count()).select_from(User).where(*matching)))
