"""The endpoints of the audit log."""

from uuid import UUID

from api.audit import schemas, search
from api.audit.errors import AuditEventNotFound
from api.audit.models import AuditEventRow
from api.core.keyset import Page
from api.core.permissions import Permission
from api.web.headers import next_page
from api.web.links import Link
from api.web.restx import Namespace, Resource

LISTED = {
    "get_audit_event": Link({"event_id": "$response.body#/items/0/id"}),
    "list_audit_events": Link({"cursor": "$response.body#/next"}),
}

ns = Namespace(
    "audit",
    path="/api",
    description="The audit log: who did what to which account, when and from where. It is "
    "never changed.",
)


@ns.route("/audit-events")
class AuditEvents(Resource):
    @ns.operation(
        "list_audit_events",
        query=schemas.event_search,
        response=schemas.event_page,
        permission=Permission.AUDIT_READ,
        headers=next_page("/api/audit-events"),
        links=LISTED,
    )
    def get(self, *, query: schemas.AuditEventSearch) -> Page[AuditEventRow]:
        """List audit events, newest first.

        An event is listed if all filters match. Send `next` as `cursor`, or follow the `Link`
        header, until `next` is null. A page has at most 100 events. Events are never changed or
        deleted, and a purge of a user does not remove them; reading them records nothing.

        Each request that lacks a permission is an event too: `access.denied`. A user who repeats
        such a request within a minute is counted in the next event of that kind, for each
        session and each API key.

        Send the id of an API key, a client credential or a session as `credential` to see what was
        done with it, also after it was revoked.
        """
        return search.find_events(query)


@ns.route("/audit-events/<uuid:event_id>")
class AuditEventById(Resource):
    @ns.operation(
        "get_audit_event",
        response=schemas.event,
        permission=Permission.AUDIT_READ,
        errors=[AuditEventNotFound],
    )
    def get(self, event_id: UUID) -> AuditEventRow:
        """Get an audit event.

        The list of audit events has its id. An event never changes.
        """
        return search.get_event(event_id)
