"""Reading service accounts: by page and by id."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select

from api.core import identifiers, keyset
from api.core.keyset import Page, PageForm
from api.core.permissions import Permission
from api.core.reads import Query
from api.roles.assignments import parse_service_assignments
from api.roles.models import ServiceAccountRole
from api.service_accounts.errors import ServiceAccountNotFound
from api.service_accounts.models import ServiceAccount, make_name_key
from api.service_accounts.schemas import ServiceAccountSearch
from api.users.search_words import ESCAPE, escape

MAX_STATEMENTS = 100  # that are kept


class ServiceAccountRow(NamedTuple):
    """The members of a service account that clients may read, with its version and its roles."""

    id: UUID
    name: str
    description: str
    status: str
    status_reason: str | None
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int
    role_assignments: str | None

    @property
    def roles(self) -> tuple[str, ...]:
        return parse_service_assignments(self.role_assignments).roles

    @property
    def permissions(self) -> frozenset[Permission]:
        return parse_service_assignments(self.role_assignments).permissions


class Filters(NamedTuple):
    """The filters of a query, on which its statement depends."""

    has_status: bool
    has_role: bool
    has_text: bool


ROW_COLUMNS = [getattr(ServiceAccount, name) for name in ServiceAccountRow._fields]
account_by_id = Query(
    select(*ROW_COLUMNS).where(ServiceAccount.id == bindparam("id")), ServiceAccountRow
)
account_by_name = Query(
    select(*ROW_COLUMNS).where(ServiceAccount.name_key == bindparam("key")), ServiceAccountRow
)


def find(query: ServiceAccountSearch) -> Page[ServiceAccountRow]:
    """Return a page of the service accounts that match all filters of the query.

    Raises:
        InvalidRequest: the cursor is not valid, or belongs to another order.
    """
    form, values = keyset.bind_page(query)
    values |= _bind_filters(query)
    filters = Filters("status" in query, "role" in query, "q" in query)
    rows = _make_page_query(form, filters).all(**values)
    return keyset.make_page(rows, query, lambda row: (row.created_at, row.id), make=lambda row: row)


def get_account(account_id: UUID) -> ServiceAccountRow:
    """Return a service account. The caller has authorised it.

    Raises:
        ServiceAccountNotFound
    """
    found = account_by_id.first(id=account_id)
    if found is None:
        raise ServiceAccountNotFound
    return found


def find_by_name(name: str) -> ServiceAccountRow | None:
    """Return the service account with this name, in any letter case."""
    return account_by_name.first(key=make_name_key(name))


def _bind_filters(query: ServiceAccountSearch) -> dict[str, Any]:
    text = escape(identifiers.fold_text(query.get("q", "")))
    return {"status": query.get("status"), "role": query.get("role"), "pattern": f"%{text}%"}


@lru_cache(maxsize=MAX_STATEMENTS)
def _make_page_query(form: PageForm, filters: Filters) -> Query[ServiceAccountRow]:
    statement = select(*ROW_COLUMNS)
    if filters.has_status:
        statement = statement.where(ServiceAccount.status == bindparam("status"))
    if filters.has_role:
        holders = select(ServiceAccountRole.service_account_id)
        holders = holders.where(ServiceAccountRole.role == bindparam("role"))
        statement = statement.where(ServiceAccount.id.in_(holders))
    if filters.has_text:
        contains = ServiceAccount.name_key.like(bindparam("pattern"), escape=ESCAPE)
        statement = statement.where(contains)
    page = keyset.select_page(statement, ServiceAccount.created_at, ServiceAccount.id, form)
    return Query(page, ServiceAccountRow)
