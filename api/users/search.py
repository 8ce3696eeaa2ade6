"""Find users page by page, by keyset: the deepest page costs what the first one does.

To build a statement takes longer than to run it. So each form of a query has one statement, whose
values are parameters.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from api.core import keyset
from api.core.keyset import Page, PageForm
from api.core.reads import Query
from api.users.filters import Filters, bind_filters, find_filters, make_conditions
from api.users.models import Profile, User
from api.users.search_schemas import UserSearch

ORDER = {"created_at": "created_at", "username": "username_key", "email": "email_key"}
NEXT_USERS = 2000  # that are searched for a page, before all users that match are sorted
MAX_STATEMENTS = 100  # that are kept


class Form(NamedTuple):
    """What the statement of a query depends on."""

    page: PageForm
    filters: Filters


class UserRow(NamedTuple):
    """A user, and the key by which the list is ordered."""

    profile: Profile
    key: Any


def find(query: UserSearch) -> Page[Profile]:
    """Return a page of the users that match all filters of the query.

    Raises:
        InvalidRequest: the cursor is not valid or is for another order, or a filter is not valid.
    """
    page, values = keyset.bind_page(query)
    values |= bind_filters(query)
    form = Form(page, find_filters(query))
    rows = _read_rows(form, values, query["limit"])
    total = _make_query(_select_count, form, int).first(**values) if query.get("count") else None
    return keyset.make_page(
        rows,
        query,
        lambda row: (row.key, row.profile.id),
        make=lambda row: row.profile,
        total=total,
    )


def _read_rows(form: Form, values: dict[str, Any], limit: int) -> list[UserRow]:
    """Return the page, and one row more if there are any.

    If many users match a word, the next users in order contain a page of them. If few match, all
    of them are soon sorted. Left to choose, PostgreSQL may read all users in order, to find matches
    at the end of a million users, which takes seconds.
    """
    if not form.filters.has_words:
        return _make_query(_select_in_order, form, _make_row).all(**values)
    rows = _make_query(_select_among_next, form, _make_row).all(**values)
    if len(rows) > limit:
        return rows
    return _make_query(_select_sorted, form, _make_row).all(**values)


@lru_cache(maxsize=MAX_STATEMENTS)
def _make_query(
    make_statement: Callable[[Form], Select[Any]], form: Form, make: Callable[..., Any]
) -> Query[Any]:
    return Query(make_statement(form), make)


def _make_row(*columns: Any) -> UserRow:
    return UserRow(Profile(*columns[:-1]), columns[-1])


def _select_in_order(form: Form) -> Select[Any]:
    """Select the matching users in order, until the page is full."""
    return _select_page(form).where(*make_conditions(form.filters))


def _select_among_next(form: Form) -> Select[Any]:
    """Select the users that match among the next ones in order."""
    is_deleted = make_conditions(form.filters)[0]
    following = _order(form, select(User).where(is_deleted), User).limit(NEXT_USERS)
    users = aliased(User, following.subquery())
    return _select_page(form, users).where(*make_conditions(form.filters, users))


def _select_sorted(form: Form) -> Select[Any]:
    """Select all users that match, then sort them."""
    # The offset makes PostgreSQL evaluate the subquery first.
    matching = select(User).where(*make_conditions(form.filters)).offset(0)
    return _select_page(form, aliased(User, matching.subquery()))


def _select_count(form: Form) -> Select[Any]:
    return select(func.count()).select_from(User).where(*make_conditions(form.filters))


def _select_page(form: Form, users: type[User] = User) -> Select[Any]:
    columns = [getattr(users, name) for name in Profile._fields]
    return _order(form, select(*columns, _get_key(form, users).label("key")), users)


def _order(form: Form, statement: Select[Any], users: type[User]) -> Select[Any]:
    return keyset.select_page(statement, _get_key(form, users), users.id, form.page)


def _get_key(form: Form, users: type[User]) -> Any:
    return getattr(users, ORDER[form.page.sort.removeprefix("-")])
