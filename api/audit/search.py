"""Reading the audit log: by page and by id."""

from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from api.audit.errors import AuditEventNotFound
from api.audit.models import ROW_COLUMNS, AuditEvent, AuditEventRow
from api.audit.schemas import AuditEventSearch
from api.core import keyset
from api.core.keyset import Page, PageForm
from api.core.reads import Query

MAX_STATEMENTS = 100  # that are kept

event_by_id = Query(select(*ROW_COLUMNS).where(AuditEvent.id == bindparam("id")), AuditEventRow)

FILTERS = {  # most selective first: the index of the first one that is given is used
    "request_id": AuditEvent.request_id,
    "subject": AuditEvent.subject_id,
    "credential": AuditEvent.credential_id,
    "actor": AuditEvent.actor_id,
    "action": AuditEvent.event,
}


def find_events(query: AuditEventSearch) -> Page[AuditEventRow]:
    """Return a page of the events that match all filters of the query.

    Raises:
        InvalidRequest: the cursor is not valid, or belongs to another order.
    """
    page_query, values = bind_query(query)
    rows = page_query.all(**values)
    return keyset.make_page(rows, query, lambda row: (row.at, row.id), make=lambda row: row)


def bind_query(query: AuditEventSearch) -> tuple[Query[AuditEventRow], dict[str, Any]]:
    """Return the query that reads the page, and the values of its parameters."""
    form, values = keyset.bind_page(query, minimum=query.get("after"), below=query.get("before"))
    values |= query
    filters = tuple(name for name in FILTERS if name in query)
    if filters:
        values["group"] = values[filters[0]]
    return _make_page_query(form, filters), values


@lru_cache(maxsize=MAX_STATEMENTS)
def _make_page_query(form: PageForm, filters: tuple[str, ...]) -> Query[AuditEventRow]:
    """Return the query that reads a page with these filters."""
    others = (FILTERS[name] == bindparam(name) for name in filters[1:])
    statement = keyset.select_page(
        select(*ROW_COLUMNS).where(*others),
        AuditEvent.at,
        AuditEvent.id,
        form,
        group=FILTERS[filters[0]] if filters else None,
    )
    return Query(statement, AuditEventRow)


def get_event(event_id: UUID) -> AuditEventRow:
    """Return an event.

    Raises:
        AuditEventNotFound: no event has this id.
    """
    row = event_by_id.first(id=event_id)
    if row is None:
        raise AuditEventNotFound
    return row
