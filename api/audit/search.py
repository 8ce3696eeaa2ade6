"""Reading the audit trail: page by page, newest first unless asked otherwise, and one by one."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select

from api.audit.errors import AuditEventNotFound
from api.audit.models import FACT, AuditEvent, Fact
from api.core import keyset
from api.core.actor import Actor, Permission
from api.core.database import autocommit
from api.core.keyset import Page
from api.core.reads import Query

one = Query(select(*FACT).where(AuditEvent.id == bindparam("id")), Fact)

FILTERS = {
    "action": AuditEvent.event,
    "actor": AuditEvent.actor_id,
    "subject": AuditEvent.subject_id,
    "request_id": AuditEvent.request_id,
}


def find(query: dict[str, Any], *, by: Actor) -> Page[Fact]:
    """Return a page of the facts that match all of the query.

    Raises:
        PermissionDenied: without audit:read.
        Invalid: the cursor is not one of ours, or of another order.
    """
    by.must(Permission.AUDIT_READ)
    with autocommit() as connection:
        rows = connection.execute(_page(query)).all()
    return keyset.page(rows, query, lambda row: (row.at, row.id), make=lambda row: Fact(*row))


def _page(query: dict[str, Any]) -> Select[Any]:
    matching = select(*FACT).where(*_conditions(query))
    return keyset.ordered(matching, AuditEvent.at, AuditEvent.id, query)


def _conditions(query: dict[str, Any]) -> list[ColumnElement[bool]]:
    conditions = [column == query[name] for name, column in FILTERS.items() if name in query]
    if "after" in query:
        conditions.append(AuditEvent.at >= query["after"])
    if "before" in query:
        conditions.append(AuditEvent.at < query["before"])
    return conditions


def read(event_id: UUID, *, by: Actor) -> Fact:
    by.must(Permission.AUDIT_READ)
    found = one.first(id=event_id)
    if found is None:
        raise AuditEventNotFound
    return found
