from api.core.errors import NotFound


class AuditEventNotFound(NotFound):
    code = "audit_event_not_found"
    title = "Audit event not found"
    detail = "There is no such event in the audit trail."
    remedy = "List the audit events to find the id."
