"""Reading the audit trail: page by page, newest first unless asked otherwise, and one by one."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from api.audit.errors import AuditEventNotFound
from api.audit.models import FACT, AuditEvent, Fact
from api.core import keyset
from api.core.database import autocommit
from api.core.keyset import Page, Span
from api.core.reads import Query

one = Query(select(*FACT).where(AuditEvent.id == bindparam("id")), Fact)

FILTERS = {  # the one that leaves the fewest first: its index is used
    "request_id": AuditEvent.request_id,
    "subject": AuditEvent.subject_id,
    "actor": AuditEvent.actor_id,
    "action": AuditEvent.event,
}


def find(query: dict[str, Any]) -> Page[Fact]:
    """Return a page of the facts that match all of the query.

    Raises:
        PermissionDenied: without audit:read.
        Invalid: the cursor is not one of ours, or of another order.
    """
    with autocommit() as connection:
        rows = connection.execute(_page(query)).all()
    return keyset.page(rows, query, lambda row: (row.at, row.id), make=lambda row: Fact(*row))


def _page(query: dict[str, Any]) -> Select[Any]:
    asked = [(column, query[name]) for name, column in FILTERS.items() if name in query]
    column, value = asked[0] if asked else (None, None)
    span = Span(column, value, query.get("after"), query.get("before"))
    statement = select(*FACT).where(*(column == value for column, value in asked[1:]))
    return keyset.ordered(statement, AuditEvent.at, AuditEvent.id, query, span)


def read(event_id: UUID) -> Fact:
    found = one.first(id=event_id)
    if found is None:
        raise AuditEventNotFound
    return found
