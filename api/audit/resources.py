"""The endpoints: call one service function, return what it returned."""

from typing import Any
from uuid import UUID

from api.audit import schemas, search
from api.audit.errors import AuditEventNotFound
from api.audit.models import Fact
from api.core.keyset import Page
from api.core.permissions import Permission
from api.web.headers import next_page
from api.web.restx import Namespace, Resource

ns = Namespace("audit", path="/api", description="What happened, to whom and by whom")


@ns.route("/audit-events")
class AuditEvents(Resource):
    @ns.operation(
        "list_audit_events",
        query=schemas.event_search,
        response=schemas.event_page,
        permission=Permission.AUDIT_READ,
        headers=next_page("/api/audit-events"),
    )
    def get(self, *, query: dict[str, Any]) -> Page[Fact]:
        """Read the audit trail, page by page, newest first.

        Filters combine. Follow `next` (or the `Link` header) until it is null. Nothing here is
        ever changed: the trail only grows.
        """
        return search.find(query)


@ns.route("/audit-events/<uuid:event_id>")
class OneAuditEvent(Resource):
    @ns.operation(
        "get_audit_event",
        response=schemas.event,
        permission=Permission.AUDIT_READ,
        errors=[AuditEventNotFound],
    )
    def get(self, event_id: UUID) -> Fact:
        """Read one event of the audit trail."""
        return search.read(event_id)
