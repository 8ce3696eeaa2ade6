"""Finding users in pages. They are keyset pages, so that every page costs the same."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, true
from sqlalchemy.orm import aliased

from api.core import identifiers, keyset
from api.core.database import autocommit
from api.core.keyset import Page
from api.roles.assignments import USER
from api.roles.models import UserRole
from api.users import metadata
from api.users.models import Profile, User
from api.users.schemas import UserFilters, UserSearch

ORDER = {"created_at": "created_at", "username": "username_key", "email": "email_key"}
NOT_DELETED = User.deleted_at.is_(None)
MAX_SCANNED_ROWS = 1000  # users that are searched in order, before all matches are sorted
LAST_CHARACTER = "\U0010ffff"  # sorts after every character of a key


def find(query: UserSearch) -> Page[Profile]:
    """Return a page of the users that match all filters of the query.

    Raises:
        InvalidRequest: the cursor is not valid, or belongs to another order; or a metadata filter
            is not valid.
    """
    matching = make_conditions(query)
    with autocommit() as connection:
        rows = _select_page(connection, query, matching)
        total = _count_users(connection, matching) if query.get("count") else None
    return keyset.page(
        rows,
        query,
        lambda row: (row.key, row.id),
        make=lambda row: Profile(*row[:-1]),
        total=total,
    )


def make_conditions(query: UserFilters) -> list[ColumnElement[bool]]:
    """Return the conditions of the filters. The first is the one of the filter ``deleted``."""
    values: dict[str, Any] = {**query}
    deleted = User.deleted_at.is_not(None) if query.get("deleted") else NOT_DELETED
    filters: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "status": lambda status: User.status == status,
        "role": _has_role,
        "created_after": lambda time: User.created_at >= time,
        "created_before": lambda time: User.created_at < time,
        "q": _starts_with,
        "user_metadata": partial(metadata.contains, "user_metadata"),
        "app_metadata": partial(metadata.contains, "app_metadata"),
    }
    return [deleted, *(make(values[name]) for name, make in filters.items() if name in query)]


def _has_role(role: str) -> ColumnElement[bool]:
    """Return the condition that a user has the role. All users have the role ``user``."""
    if role == USER:
        return true()
    return User.id.in_(select(UserRole.user_id).where(UserRole.role == role))


def _starts_with(text: str) -> ColumnElement[bool]:
    name, email = identifiers.fold_text(text), identifiers.email_key(text)
    starts = {User.username_key: name, User.email_key: email, User.display_name_key: name}
    return or_(*(and_(key >= start, key < start + LAST_CHARACTER) for key, start in starts.items()))


def _select_page(
    connection: Connection, query: UserSearch, matching: list[ColumnElement[bool]]
) -> Sequence[Any]:
    """Return the rows of the page, and one more if there are more.

    If many users match `q`, the next users in order contain a whole page of them. If few users
    match, sorting all of them is fast. With one statement, PostgreSQL would read the users in
    order up to the last match: with a million users that takes 5 s, and this 0.4 s at most.
    """
    statement = _build_page(query).where(*matching)
    if "q" not in query:
        return connection.execute(statement).all()
    scanned = (
        _build_page(query).with_only_columns(User.id).where(matching[0]).limit(MAX_SCANNED_ROWS)
    )
    rows = connection.execute(statement.where(User.id.in_(scanned))).all()
    if len(rows) > query["limit"]:
        return rows
    found = select(User).where(*matching).offset(0)  # so that PostgreSQL searches first, then sorts
    return connection.execute(_build_page(query, aliased(User, found.subquery()))).all()


def _build_page(query: UserSearch, table: type[User] = User) -> Select[Any]:
    key = getattr(table, ORDER[query["sort"].removeprefix("-")])
    profile = [getattr(table, name) for name in Profile._fields]
    return keyset.ordered(select(*profile, key.label("key")), key, table.id, query)


def _count_users(connection: Any, matching: list[ColumnElement[bool]]) -> int:
    return int(connection.scalar(select(func.count()).select_from(User).where(*matching)))
