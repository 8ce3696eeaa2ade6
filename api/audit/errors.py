from api.core.errors import NotFound


class AuditEventNotFound(NotFound):
    code = "audit_event_not_found"
    title = "Audit event not found"
    detail = "The audit log has no event with this id."
    remedy = "List the audit events to find the id."
