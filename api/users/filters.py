"""The filters of lists of users, as conditions of SQL.

The conditions depend on which filters a query has, not on their values, which are parameters.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from api.core import identifiers
from api.core.database import db
from api.roles.assignments import USER
from api.roles.models import UserRole
from api.users import metadata
from api.users.models import User
from api.users.search_schemas import UserFilters

NOT_DELETED = User.deleted_at.is_(None)
HIGHEST_CHARACTER = "\U0010ffff"  # sorts after each character that a key can hold


class Filters(NamedTuple):
    """Which filters a query has."""

    is_deleted: bool
    names: tuple[str, ...]  # of the other filters
    dialect: str


def find_filters(query: UserFilters) -> Filters:
    """Return the filters of a query. The role `user` is none, because each user has it."""
    names = [name for name in CONDITIONS if name in query]
    if query.get("role") == USER:
        names.remove("role")
    return Filters(bool(query.get("deleted")), tuple(names), db.engine.dialect.name)


def make_conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Return the condition of each filter, first that of whether users are deleted."""
    lifetime = User.deleted_at.is_not(None) if filters.is_deleted else NOT_DELETED
    return [lifetime, *(CONDITIONS[name](filters.dialect) for name in filters.names)]


def bind_filters(query: UserFilters) -> dict[str, Any]:
    """Return the values of the parameters of the conditions.

    Raises:
        InvalidRequest: a filter by metadata is no object of strings, integers, booleans and nulls.
    """
    values: dict[str, Any] = {**query}
    if "q" in query:
        text = query["q"]
        keys = {
            "username": identifiers.fold_text(text),
            "email": identifiers.email_key(text),
            "display_name": identifiers.name_key(text) or "",
        }
        for name, key in keys.items():
            values |= {f"{name}_begin": key, f"{name}_end": key + HIGHEST_CHARACTER}
    for name in metadata.MEMBERS:
        if name in query:
            values[name] = metadata.parse_filter(name, values[name])
    return values


def _begins_with_text(_dialect: str) -> ColumnElement[bool]:
    keys = {
        "username": User.username_key,
        "email": User.email_key,
        "display_name": User.display_name_key,
    }
    begins = (
        and_(
            key >= bindparam(f"{name}_begin", type_=key.type),
            key < bindparam(f"{name}_end", type_=key.type),
        )
        for name, key in keys.items()
    )
    return or_(*begins)


def _has_role(_dialect: str) -> ColumnElement[bool]:
    holders = select(UserRole.user_id).where(UserRole.role == bindparam("role"))
    return User.id.in_(holders)


CONDITIONS: dict[str, Callable[[str], ColumnElement[bool]]] = {
    "status": lambda _dialect: User.status == bindparam("status"),
    "role": _has_role,
    "external_source": lambda _dialect: User.external_source == bindparam("external_source"),
    "external_id": lambda _dialect: User.external_id == bindparam("external_id"),
    "created_after": lambda _dialect: User.created_at >= bindparam("created_after"),
    "created_before": lambda _dialect: User.created_at < bindparam("created_before"),
    "q": _begins_with_text,
    "user_metadata": lambda dialect: metadata.contains(User.user_metadata, dialect),
    "app_metadata": lambda dialect: metadata.contains(User.app_metadata, dialect),
}
