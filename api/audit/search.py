"""Reading the audit log: by page and by id."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from api.audit.errors import AuditEventNotFound
from api.audit.models import ROW_COLUMNS, AuditEvent, AuditEventRow
from api.audit.schemas import AuditEventSearch
from api.core import keyset
from api.core.database import autocommit
from api.core.keyset import Page, Span
from api.core.reads import Query

event_by_id = Query(select(*ROW_COLUMNS).where(AuditEvent.id == bindparam("id")), AuditEventRow)

FILTERS = {  # most selective first: the index of the first one that is given is used
    "request_id": AuditEvent.request_id,
    "subject": AuditEvent.subject_id,
    "actor": AuditEvent.actor_id,
    "action": AuditEvent.event,
}


def find_events(query: AuditEventSearch) -> Page[AuditEventRow]:
    """Return a page of the events that match all filters of the query.

    Raises:
        InvalidRequest: the cursor is not valid, or belongs to another order.
    """
    with autocommit() as connection:
        rows = connection.execute(select_page(query)).all()
    return keyset.page(
        rows, query, lambda row: (row.at, row.id), make=lambda row: AuditEventRow(*row)
    )


def select_page(query: AuditEventSearch) -> Select[Any]:
    """Return the statement that reads a page."""
    values: dict[str, Any] = {name: value for name, value in query.items() if name in FILTERS}
    given = [(column, values[name]) for name, column in FILTERS.items() if name in values]
    column, value = given[0] if given else (None, None)
    span = Span(column, value, query.get("after"), query.get("before"))
    statement = select(*ROW_COLUMNS).where(*(column == value for column, value in given[1:]))
    return keyset.ordered(statement, AuditEvent.at, AuditEvent.id, query, span)


def get_event(event_id: UUID) -> AuditEventRow:
    """Return an event.

    Raises:
        AuditEventNotFound: no event has this id.
    """
    row = event_by_id.first(id=event_id)
    if row is None:
        raise AuditEventNotFound
    return row
