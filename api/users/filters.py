"""The filters of lists of users, as conditions of SQL.

The conditions depend on which filters a query has, not on their values, which are parameters.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, select

from api.core import identifiers
from api.core.database import db
from api.roles.assignments import USER
from api.roles.models import UserRole
from api.users import metadata, search_words
from api.users.models import User
from api.users.search_schemas import UserFilters

NOT_DELETED = User.deleted_at.is_(None)


class Filters(NamedTuple):
    """Which filters a query has. ``words`` are the numbers of forms of each word of ``q``."""

    is_deleted: bool
    names: tuple[str, ...]  # of the other filters
    words: tuple[int, ...]
    dialect: str

    @property
    def has_words(self) -> bool:
        return bool(self.words) or "domain" in self.names


def find_filters(query: UserFilters) -> Filters:
    """Return the filters of a query. The role `user` is none, because each user has it."""
    names = [name for name in CONDITIONS if name in query]
    if query.get("role") == USER:
        names.remove("role")
    words = tuple(map(len, search_words.split_words(query.get("q", ""))))
    return Filters(bool(query.get("deleted")), tuple(names), words, db.engine.dialect.name)


def make_conditions(filters: Filters, users: Any = User) -> list[ColumnElement[bool]]:
    """Return the condition of each filter, first that of whether users are deleted.

    ``users`` is the table or an alias of it.
    """
    is_deleted = users.deleted_at.is_not(None) if filters.is_deleted else users.deleted_at.is_(None)
    conditions = (CONDITIONS[name](users, filters.dialect) for name in filters.names)
    return [is_deleted, *conditions, *search_words.find_words(users, filters.words)]


def bind_filters(query: UserFilters) -> dict[str, Any]:
    """Return the values of the parameters of the conditions.

    Raises:
        InvalidRequest: a filter by metadata is no object of strings, integers, booleans and nulls.
    """
    values: dict[str, Any] = {**query}
    values |= search_words.bind_words(search_words.split_words(query.get("q", "")))
    if "domain" in query:
        domain = search_words.escape(identifiers.email_key(f"x@{query['domain'].strip('@ ')}")[1:])
        values |= {"domain_end": f"%{domain}", "domain_word": f"%{domain} %"}
    for name in metadata.MEMBERS:
        if name in query:
            values[name] = metadata.parse_filter(name, values[name])
    return values


def _has_domain(users: Any, _dialect: str) -> ColumnElement[bool]:
    """Return the condition by the e-mail address, and one that the trigram index answers."""
    text, escape = search_words.make_search_text(users), search_words.ESCAPE
    return and_(
        users.email_key.like(bindparam("domain_end"), escape=escape),
        text.like(bindparam("domain_word"), escape=escape),
    )


def _has_role(users: Any, _dialect: str) -> ColumnElement[bool]:
    holders = select(UserRole.user_id).where(UserRole.role == bindparam("role"))
    is_holder: ColumnElement[bool] = users.id.in_(holders)
    return is_holder


def _equals(name: str) -> Callable[[Any, str], ColumnElement[bool]]:
    return lambda users, _dialect: getattr(users, name) == bindparam(name)


CONDITIONS: dict[str, Callable[[Any, str], ColumnElement[bool]]] = {
    "status": _equals("status"),
    "role": _has_role,
    "external_source": _equals("external_source"),
    "external_id": _equals("external_id"),
    "created_after": lambda users, _: users.created_at >= bindparam("created_after"),
    "created_before": lambda users, _: users.created_at < bindparam("created_before"),
    "domain": _has_domain,
    "user_metadata": lambda users, dialect: metadata.contains(users.user_metadata, dialect),
    "app_metadata": lambda users, dialect: metadata.contains(users.app_metadata, dialect),
}
